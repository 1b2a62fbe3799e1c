import { Injectable } from '@nestjs/common';
import { permissionMissing } from '../access/access.guard.js';
import { type Actor, isPlatformAdmin } from '../access/actor.js';
import { type Permission, ROLE_PERMISSIONS, type TenantRole } from '../access/permissions.js';
import { type TenantHints, type TenantRef, TenantScope } from '../access/tenant-scope.js';
import { Reader, type Source, type Tx } from '../platform/database/unit-of-work.js';
import type { TenantEntity } from './tenant.entity.js';
import {
  tenantForbidden,
  tenantMismatch,
  tenantNotFound,
  tenantRequired,
} from './tenants.errors.js';
import { isTenantName, TenantsRepository } from './tenants.repository.js';

const MOST_CANDIDATES = 50;

/** All of them for admins. */
type Permissions = readonly Permission[] | 'all';

/** A tenant, when there is one, and what somebody may do there, when it is theirs at all. */
interface Found {
  tenant: TenantEntity | null;
  permissions: Permissions | undefined;
}

/** What is asked of a tenant. */
interface Admission {
  permission: Permission;
  /** The refusal of somebody who may not know that it exists. */
  missing: () => Error;
  hints: TenantHints | undefined;
}

/** Chooses the tenant of a request by the rules of the HTTP contract, and checks the role in it. */
@Injectable()
export class MemberTenantScope extends TenantScope {
  constructor(
    private readonly repository: TenantsRepository,
    private readonly reader: Reader,
  ) {
    super();
  }

  override async open(
    actor: Actor,
    idOrName: string,
    permission: Permission,
    { below, hints, tx }: { below: boolean; hints?: TenantHints; tx?: Tx },
  ): Promise<TenantRef> {
    const found = await this.find(tx ?? this.reader, actor, idOrName);
    if (hints?.header !== undefined) {
      const seen = found.permissions === undefined ? null : found.tenant;
      if (!isNamed(hints.header, idOrName, seen)) throw tenantMismatch();
    }
    const missing = below || isPlatformAdmin(actor) ? tenantNotFound : tenantForbidden;
    return admit(found, { permission, missing, hints });
  }

  override async choose(
    actor: Actor,
    hints: TenantHints,
    permission: Permission,
  ): Promise<TenantRef> {
    const chosen = await this.explicit(actor, hints, permission);
    if (chosen !== undefined) return chosen;
    const candidates = await this.candidates(actor);
    const [only] = candidates;
    if (candidates.length === 1 && only !== undefined) {
      const permissions = await this.permissionsIn(this.reader, actor, only.id);
      return admit({ tenant: only, permissions }, { permission, missing: tenantNotFound, hints });
    }
    throw tenantRequired(candidates.map(({ id, displayName }) => ({ id, displayName })));
  }

  override async chooseMany(
    actor: Actor,
    hints: TenantHints,
    permission: Permission,
  ): Promise<TenantRef | 'all'> {
    if (!isPlatformAdmin(actor)) return this.choose(actor, hints, permission);
    return (await this.explicit(actor, hints, permission)) ?? 'all';
  }

  /** The tenant that the request names, or that the key belongs to. */
  private async explicit(
    actor: Actor,
    hints: TenantHints,
    permission: Permission,
  ): Promise<TenantRef | undefined> {
    if (hints.path !== undefined) {
      return this.open(actor, hints.path, permission, { below: true, hints });
    }
    const named = hints.header ?? (actor.kind === 'key' ? actor.tenantId : null);
    if (named !== null && named !== undefined) {
      const found = await this.find(this.reader, actor, named);
      return admit(found, { permission, missing: tenantNotFound, hints });
    }
    return this.byNamespace(actor, hints, permission);
  }

  private async byNamespace(
    actor: Actor,
    hints: TenantHints,
    permission: Permission,
  ): Promise<TenantRef | undefined> {
    for (const namespace of hints.namespaces ?? []) {
      if (namespace === undefined) continue;
      const found = await this.find(this.reader, actor, namespace);
      if (found.tenant === null || found.permissions === undefined) continue;
      return admit(found, { permission, missing: tenantNotFound, hints });
    }
    return undefined;
  }

  private async candidates(actor: Actor): Promise<TenantEntity[]> {
    const ids = isPlatformAdmin(actor)
      ? undefined
      : (await this.repository.membershipsOf(this.reader, actor.id)).map((row) => row.tenantId);
    return this.repository.list(this.reader, ids, undefined, MOST_CANDIDATES);
  }

  /** A tenant and what the actor may do there; outside a transaction, by its id, both at once. */
  private async find(source: Source, actor: Actor, idOrName: string): Promise<Found> {
    if (source !== this.reader || isTenantName(idOrName)) {
      const tenant = await this.repository.find(source, idOrName);
      if (tenant === null) return { tenant, permissions: undefined };
      return { tenant, permissions: await this.permissionsIn(source, actor, tenant.id) };
    }
    const [tenant, permissions] = await Promise.all([
      this.repository.find(source, idOrName),
      this.permissionsIn(source, actor, idOrName),
    ]);
    return { tenant, permissions };
  }

  /** What the actor may do in a tenant; undefined when it is not theirs at all. */
  private async permissionsIn(
    source: Source,
    actor: Actor,
    tenantId: string,
  ): Promise<Permissions | undefined> {
    if (actor.kind === 'key') {
      return actor.tenantId === null || actor.tenantId === tenantId ? actor.permissions : undefined;
    }
    if (actor.admin) return 'all';
    const role = await this.repository.roleOf(source, tenantId, actor.id);
    return role === undefined ? undefined : ROLE_PERMISSIONS[role as TenantRole];
  }
}

/** @throws AppError for one that is not theirs, and for what they may not do there */
function admit(
  { tenant, permissions }: Found,
  { permission, missing, hints }: Admission,
): TenantRef {
  if (tenant === null || permissions === undefined) throw missing();
  const { id, crName } = tenant;
  hints?.found?.({ id, crName });
  if (permissions !== 'all' && !permissions.includes(permission)) {
    throw permissionMissing(permission);
  }
  return { id, crName };
}

/** Whether header and path name one tenant; one that is absent, or not theirs, is compared by its text. */
function isNamed(header: string, path: string, tenant: TenantEntity | null): boolean {
  if (tenant === null) return header === path;
  return header === tenant.id || header === tenant.crName;
}
