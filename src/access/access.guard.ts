import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../platform/errors/app-error.js';
import { type Actor, isPlatformAdmin } from './actor.js';
import { type AuthRequest, Authenticator } from './authenticator.js';
import { everyHeader } from '../platform/http/every-header.js';
import { addressOf } from './caller.decorator.js';
import { ALLOW, OPERATION, PUBLIC } from '../platform/http/endpoint.js';
import type { RequestFacts } from '../platform/http/refusals.js';
import type { Allowance } from './endpoint.decorator.js';
import {
  EVERYBODY,
  type Permission,
  PLATFORM_PERMISSIONS,
  TENANT_PERMISSIONS,
} from './permissions.js';

/** A request after the guard. */
export interface RequestWithActor extends FastifyRequest, RequestFacts {
  actor?: Actor;
}

/**
 * Lets a request in: proves who asks, refuses a key what its scopes lack and no tenant decides, and
 * keeps what is about the whole installation to its admins. What else somebody may do depends on the
 * tenant, and is decided where the tenant is known.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const allow = this.reflector.getAllAndOverride<Allowance | undefined>(ALLOW, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (allow === undefined) throw new Error(`${context.getHandler().name} declares no permission`);
    const request = context.switchToHttp().getRequest<RequestWithActor>();
    request.operation = this.reflector.get<string>(OPERATION, context.getHandler());
    if (allow === PUBLIC) return true;
    request.actor = await proveActor(this.authenticator, authRequestOf(request));
    requirePermission(request.actor, allow);
    return true;
  }
}

/** @throws AppError `credential_required`, and what `Authenticator.authenticate` throws */
export async function proveActor(
  authenticator: Authenticator,
  request: AuthRequest,
): Promise<Actor> {
  const actor = await authenticator.authenticate(request);
  if (actor !== undefined) return actor;
  throw new AppError(
    'unauthenticated',
    'credential_required',
    'Send a credential: "Authorization: Bearer <token>" or "X-API-Key: nxk_…".',
  );
}

/**
 * A key of a tenant is not refused here what tenants decide: another tenant would answer it unlike
 * one that is not there.
 *
 * @throws AppError `permission_missing` for what no tenant could allow this actor
 */
export function requirePermission(actor: Actor, permission: Permission): void {
  const beyondRole = PLATFORM_PERMISSIONS.has(permission) && !isPlatformAdmin(actor);
  if (beyondRole || isBeyondKey(actor, permission)) throw permissionMissing(permission);
}

function isBeyondKey(actor: Actor, permission: Permission): boolean {
  if (actor.kind !== 'key' || EVERYBODY.includes(permission)) return false;
  if (actor.tenantId !== null && TENANT_PERMISSIONS.has(permission)) return false;
  return !actor.permissions.includes(permission);
}

/** The refusal of an actor that is known but may not. */
export function permissionMissing(permission: Permission): AppError {
  return new AppError(
    'forbidden',
    'permission_missing',
    `This needs the permission ${permission}.`,
  );
}

/** What of a request proves who is asking; found out when it is looked at, as long as it is served. */
export function authRequestOf(request: FastifyRequest): AuthRequest {
  return {
    method: request.method,
    url: request.url,
    get host() {
      return request.host;
    },
    headers: everyHeader(request.raw),
    get address() {
      return addressOf(request);
    },
  };
}
