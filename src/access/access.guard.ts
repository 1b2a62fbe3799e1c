import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../platform/errors/app-error.js';
import { type Actor, isPlatformAdmin } from './actor.js';
import { type AuthRequest, Authenticator } from './authenticator.js';
import { everyHeader, type HeaderLookup } from '../platform/http/every-header.js';
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

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** A request after the guard. */
export interface RequestWithActor extends FastifyRequest, RequestFacts {
  actor?: Actor;
}

/** What a route declares. */
interface Declaration {
  allow: Allowance;
  operation: string;
}

/** What of a request proves who is asking; found out when it is looked at, as long as it is served. */
export class ServedRequest implements AuthRequest {
  constructor(private readonly request: FastifyRequest) {}

  get method(): string {
    return this.request.method;
  }

  get url(): string {
    return this.request.url;
  }

  get host(): string {
    return this.request.host;
  }

  get headers(): HeaderLookup {
    return everyHeader(this.request.raw);
  }

  get address(): string {
    return addressOf(this.request);
  }
}

/**
 * Lets a request in: proves who asks, refuses a key what its scopes lack and no tenant decides, and
 * keeps what is about the whole installation to its admins. What else somebody may do depends on the
 * tenant, and is decided where the tenant is known.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly declarations = new WeakMap<Handler, Declaration>();

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  /** Waits for nothing when the credential is known already. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { allow, operation } = this.declarationOf(context);
    const request = context.switchToHttp().getRequest<RequestWithActor>();
    request.operation = operation;
    if (allow === PUBLIC) return true;
    const actor = this.authenticator.authenticate(new ServedRequest(request));
    if (actor instanceof Promise) return actor.then((found) => admit(request, found, allow));
    return admit(request, actor, allow);
  }

  private declarationOf(context: ExecutionContext): Declaration {
    const handler = context.getHandler();
    const known = this.declarations.get(handler);
    if (known !== undefined) return known;
    const allow = this.reflector.get<Allowance | undefined>(ALLOW, handler);
    if (allow === undefined) throw new Error(`${handler.name} declares no permission`);
    const declared = { allow, operation: this.reflector.get<string>(OPERATION, handler) };
    this.declarations.set(handler, declared);
    return declared;
  }
}

function admit(request: RequestWithActor, actor: Actor | undefined, needed: Permission): true {
  request.actor = orRequired(actor);
  requirePermission(request.actor, needed);
  return true;
}

/** @throws AppError `credential_required`, and what `Authenticator.authenticate` throws */
export async function proveActor(
  authenticator: Authenticator,
  request: AuthRequest,
): Promise<Actor> {
  return orRequired(await authenticator.authenticate(request));
}

function orRequired(actor: Actor | undefined): Actor {
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
