import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { FastifyRequest } from 'fastify';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { RAW_BODY } from './body-parsers.js';
import { invalidRequest } from './validation.js';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/**
 * Refuses a query or a body that a route does not read: schemas are strict, and a route without one
 * is no looser. An empty object counts as no body. A guard, after the one that asks for a credential:
 * with one interceptor alone the framework would send every request through observables.
 */
@Injectable()
export class UnreadInputGuard implements CanActivate {
  private readonly known = new WeakMap<Handler, ReadonlySet<number>>();

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    // What follows the path of a wildcard is somebody else's to read.
    if (request.routeOptions.url?.endsWith('*') === true) return true;
    const reads = this.argumentsOf(context);
    const unread = [
      ...(reads.has(RouteParamtypes.QUERY) ? [] : keysOf(request.query)),
      ...(reads.has(RouteParamtypes.BODY) || takesRaw(request) ? [] : keysOf(request.body)),
    ];
    if (unread.length > 0) {
      throw invalidRequest(unread.map((path) => ({ path, message: 'is not a known key' })));
    }
    return true;
  }

  private argumentsOf(context: ExecutionContext): ReadonlySet<number> {
    const handler = context.getHandler();
    const known = this.known.get(handler) ?? argumentsOf(context);
    this.known.set(handler, known);
    return known;
  }
}

/** What the handler of a route takes, by Nest's kinds of parameters. */
function argumentsOf(context: ExecutionContext): Set<number> {
  const declared = Reflect.getMetadata(
    ROUTE_ARGS_METADATA,
    context.getClass(),
    context.getHandler().name,
  ) as Record<string, unknown> | undefined;
  return new Set(Object.keys(declared ?? {}).map((key) => Number(key.split(':', 1)[0])));
}

function takesRaw(request: FastifyRequest): boolean {
  return (request.routeOptions.config as Partial<typeof RAW_BODY>).rawBody === true;
}

function keysOf(value: unknown): string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
