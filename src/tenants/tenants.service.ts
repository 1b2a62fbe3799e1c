import { Injectable } from '@nestjs/common';
import { type Actor, isPlatformAdmin } from '../access/actor.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { TenantsConfig } from '../config/tenants.config.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Source, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { type Page, pageOf, readCursor } from '../platform/http/pagination.js';
import { newId, newUuid } from '../platform/ids/ids.js';
import { UsersService } from '../users/users.service.js';
import { AgentCounter } from './agent-counter.js';
import { newTenant } from './new-tenant.rules.js';
import type { TenantEntity } from './tenant.entity.js';
import { DEFAULT_QUOTA, partsAbove, type Quota } from './tenant.rules.js';
import { nodeView, tenantView } from './tenant-view.rules.js';
import {
  managedByCluster,
  quotaCeiling,
  tenantDeleting,
  tenantForbidden,
  tenantLimit,
  tenantNotFound,
  tenantProtected,
} from './tenants.errors.js';
import { TENANT_TOPIC } from './tenants.events.js';
import { TenantsRepository } from './tenants.repository.js';
import type {
  CreateTenant,
  ListTenantsQuery,
  PatchTenant,
  TenantPhase,
  TenantView,
} from './tenants.schemas.js';

/** Use cases of tenants: desired state is written here, and made real elsewhere. */
@Injectable()
export class TenantsService {
  constructor(
    private readonly repository: TenantsRepository,
    private readonly scope: TenantScope,
    private readonly users: UsersService,
    private readonly agents: AgentCounter,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly config: TenantsConfig,
  ) {}

  /** @throws AppError `quota_ceiling`, `tenant_limit` */
  async create(actor: Actor, input: CreateTenant): Promise<TenantView> {
    const quota = { ...DEFAULT_QUOTA, ...input.resourceQuota };
    this.refuseAboveCeiling(actor, partsAbove(quota, this.config.quotaMax));
    const now = this.clock.now();
    const { displayName, nodeProfile, deletionProtection } = input;
    const names = { id: newId('t', now), crName: `tenant-${newUuid()}`, displayName };
    const tenant = newTenant(actor, { ...names, nodeProfile, deletionProtection, ...quota }, now);
    return this.units.run(async (tx) => {
      if (actor.kind === 'user') await this.refuseBeyondLimit(tx, actor.id, isPlatformAdmin(actor));
      await this.repository.add(tx, tenant);
      if (actor.kind === 'user') {
        await this.repository.addMember(tx, {
          tenantId: tenant.id,
          userId: actor.id,
          role: 'owner',
          createdAt: tenant.createdAt,
        });
      }
      await this.changed(tx, actor, 'tenant.created', tenant.id);
      return tenantView(tenant, 0, isPlatformAdmin(actor));
    });
  }

  async list(actor: Actor, query: ListTenantsQuery): Promise<Page<TenantView>> {
    const visible = await this.visibleIds(actor);
    const [after] = readCursor(query.cursor, 'tenants', 1) ?? [];
    const rows = await this.repository.list(this.reader, visible, after, query.limit + 1);
    const total = visible?.length ?? (await this.repository.count(this.reader));
    const page = pageOf(rows, query.limit, total, (row) => [row.id]);
    const counts = await this.agents.countByTenant(
      this.reader,
      page.items.map(({ id }) => id),
    );
    const admin = isPlatformAdmin(actor);
    const items = page.items.map((row) => tenantView(row, counts.get(row.id) ?? 0, admin));
    return { ...page, items };
  }

  async get(actor: Actor, idOrName: string, hints?: TenantHints): Promise<TenantView> {
    const { id } = await this.scope.open(actor, idOrName, 'tenants:read', {
      below: false,
      ...(hints && { hints }),
    });
    return this.view(this.reader, actor, id);
  }

  /** @throws AppError `quota_ceiling`, `tenant_deleting`, `managed_by_cluster` */
  async patch(
    actor: Actor,
    idOrName: string,
    input: PatchTenant,
    hints?: TenantHints,
  ): Promise<TenantView> {
    const options = { below: false, ...(hints && { hints }) };
    const { id } = await this.scope.open(actor, idOrName, 'tenants:write', options);
    return this.units.run(async (tx) => {
      const tenant = await this.lockLive(tx, actor, id);
      await this.scope.open(actor, id, 'tenants:write', { below: false, tx });
      refuseManaged(tenant);
      const changes = changesOf(tenant, input);
      const above = partsAbove({ ...tenant, ...changes }, this.config.quotaMax);
      // What an admin has raised may stay when an owner changes something else.
      this.refuseAboveCeiling(
        actor,
        above.filter((part) => part in changes),
      );
      if (Object.keys(changes).length > 0) {
        await this.repository.update(tx, id, {
          ...changes,
          updatedAt: this.clock.nowIso(),
          generation: tenant.generation + 1,
        });
        await this.changed(tx, actor, 'tenant.updated', id, Object.keys(changes).join(','));
      }
      return this.view(tx, actor, id);
    });
  }

  /**
   * Asks for the deletion; it is carried out in the background.
   *
   * @throws AppError `deletion_protected`, `managed_by_cluster`
   */
  async delete(actor: Actor, idOrName: string, hints?: TenantHints): Promise<{ deleted: string }> {
    const options = { below: false, ...(hints && { hints }) };
    const { id } = await this.scope.open(actor, idOrName, 'tenants:delete', options);
    await this.units.run(async (tx) => {
      const tenant = await this.repository.lock(tx, id);
      if (tenant === null || tenant.deletedAt !== null) return;
      await this.scope.open(actor, id, 'tenants:delete', { below: false, tx });
      refuseManaged(tenant);
      if (tenant.deletionProtection) throw tenantProtected();
      const now = this.clock.nowIso();
      const phase: TenantPhase = 'Deleting';
      await this.repository.update(tx, id, {
        phase,
        deletedAt: now,
        updatedAt: now,
        generation: tenant.generation + 1,
      });
      await this.changed(tx, actor, 'tenant.deleted', id);
    });
    return { deleted: id };
  }

  /**
   * Locks a tenant that something below it is about to be written into.
   *
   * @throws AppError `tenant_not_found`, `tenant_deleting`
   */
  async lockForWriting(tx: Tx, tenantId: string): Promise<{ maxAgents: number }> {
    const tenant = await this.repository.lock(tx, tenantId);
    if (tenant === null) throw tenantNotFound();
    if (tenant.deletedAt !== null) throw tenantDeleting();
    return { maxAgents: tenant.maxAgents };
  }

  /** The namespace of each tenant by its id. */
  async namespaces(ids: readonly string[]): Promise<Map<string, string>> {
    const unique = [...new Set(ids)];
    const rows = await this.repository.list(this.reader, unique, undefined, unique.length);
    return new Map(rows.map(({ id, crName }) => [id, crName]));
  }

  /** What is known of a tenant's node. */
  async nodeOf(
    actor: Actor,
    id: string,
  ): Promise<{ endpoint: string | null; ready: boolean; version: string | null }> {
    const tenant = await this.repository.find(this.reader, id);
    if (tenant === null) throw missingFor(actor);
    return nodeView(tenant, isPlatformAdmin(actor));
  }

  /** The tenants that a person is a member of, with the role there. */
  async membershipsOf(
    userId: string,
  ): Promise<{ id: string; displayName: string; role: string }[]> {
    const memberships = await this.repository.membershipsOf(this.reader, userId);
    const ids = memberships.map(({ tenantId }) => tenantId);
    const rows = await this.repository.list(this.reader, ids, undefined, ids.length);
    const roles = new Map(memberships.map(({ tenantId, role }) => [tenantId, role]));
    return rows.map(({ id, displayName }) => ({ id, displayName, role: roles.get(id) ?? '' }));
  }

  /** Which tenants a list of this actor may show; undefined is all. */
  private async visibleIds(actor: Actor): Promise<string[] | undefined> {
    if (isPlatformAdmin(actor)) return undefined;
    if (actor.kind === 'key') return actor.tenantId === null ? [] : [actor.tenantId];
    const memberships = await this.repository.membershipsOf(this.reader, actor.id);
    return memberships.map(({ tenantId }) => tenantId);
  }

  private async view(source: Source, actor: Actor, id: string): Promise<TenantView> {
    const tenant = await this.repository.find(source, id);
    const admin = isPlatformAdmin(actor);
    if (tenant === null) throw missingFor(actor);
    const counts = await this.agents.countByTenant(source, [id]);
    return tenantView(tenant, counts.get(id) ?? 0, admin);
  }

  private async lockLive(tx: Tx, actor: Actor, id: string): Promise<TenantEntity> {
    const tenant = await this.repository.lock(tx, id);
    if (tenant === null) throw missingFor(actor);
    if (tenant.deletedAt !== null) throw tenantDeleting();
    return tenant;
  }

  private refuseAboveCeiling(actor: Actor, above: readonly (keyof Quota)[]): void {
    if (isPlatformAdmin(actor) || above.length === 0) return;
    throw quotaCeiling(above, this.config.quotaMax);
  }

  private async refuseBeyondLimit(tx: Tx, userId: string, exempt: boolean): Promise<void> {
    if (exempt) return;
    await this.users.lock(tx, userId);
    if ((await this.repository.countOwned(tx, userId)) >= this.config.perUser) {
      throw tenantLimit(this.config.perUser);
    }
  }

  private async changed(
    tx: Tx,
    actor: Actor,
    action: string,
    id: string,
    fields?: string,
  ): Promise<void> {
    const detail: Record<string, string> = fields === undefined ? {} : { fields };
    await this.audit.record(tx, { actor, action, tenantId: id, target: id, detail });
    await this.wakes.publish(tx, TENANT_TOPIC, id);
  }
}

/** The refusal of a tenant that is gone, or never was. */
function missingFor(actor: Actor): Error {
  return isPlatformAdmin(actor) ? tenantNotFound() : tenantForbidden();
}

/** What is changed in the cluster is not changed here. */
function refuseManaged({ origin, fieldManager }: TenantEntity): void {
  if (origin === 'cluster') throw managedByCluster(fieldManager);
}

/** The columns that a patch changes; a value that stands already is no change. */
function changesOf(tenant: TenantEntity, input: PatchTenant): Partial<TenantEntity> {
  const { resourceQuota, ...rest } = input;
  const changed = Object.entries({ ...rest, ...resourceQuota }).filter(
    ([key, value]) => value !== undefined && tenant[key as keyof TenantEntity] !== value,
  );
  return Object.fromEntries(changed);
}
