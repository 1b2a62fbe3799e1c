import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { invalidRequest } from './validation.pipe.js';

/** Refuses whatever stands in the query of a route that takes none, as a schema would. */
class NoQuery implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    const keys = Object.keys(query as object);
    // What follows the path of a wildcard is somebody else's to read.
    if (keys.length === 0 || routeOptions.url?.endsWith('*') === true) return next.handle();
    throw invalidRequest(keys.map((path) => ({ path, message: 'is not a known key' })));
  }
}

/** Makes a route strict about its query also when none of its parameters is the query. */
export function strictQuery(): MethodDecorator {
  return (target, key, descriptor) => {
    const inputs: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key);
    const names = Object.keys(inputs ?? {});
    if (names.some((name) => name.startsWith(`${RouteParamtypes.QUERY}:`))) return;
    UseInterceptors(new NoQuery())(target, key, descriptor);
  };
}
