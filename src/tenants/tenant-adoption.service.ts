import { Injectable } from '@nestjs/common';
import { AuditTrail, clusterActor } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Source, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { newId } from '../platform/ids/ids.js';
import { normalizeEmail } from '../users/users.service.js';
import { newTenant } from './new-tenant.rules.js';
import { TenantOwners } from './tenant-owners.service.js';
import {
  changedWish,
  follows,
  idOf,
  isSuccessor,
  type TenantResource,
  type TenantWish,
  wishOf,
} from './tenant-resource.rules.js';
import type { TenantEntity } from './tenant.entity.js';
import { TENANT_TOPIC } from './tenants.events.js';
import { TenantsRepository } from './tenants.repository.js';

export type { TenantResource } from './tenant-resource.rules.js';

/** What became of a resource in the record. */
export type TenantTaken =
  /** The record stands as it is; with the origin `api` the resource has to follow it. */
  | { outcome: 'known'; tenant: Readonly<TenantEntity> }
  /** A row was made for it, or followed it. */
  | { outcome: 'adopted' | 'followed'; tenant: Readonly<TenantEntity> }
  /** It belongs to a tenant that is being deleted, and has to go with it. */
  | { outcome: 'tombstone'; tenant: Readonly<TenantEntity> }
  /** A tenant of that name is still being deleted; this one is adopted once that is gone. */
  | { outcome: 'waits'; tenant: Readonly<TenantEntity> }
  /** Somebody has to mend it; `tenant` is the row with the spec before, when there is one. */
  | {
      outcome: 'refused';
      reason: 'InvalidSpec';
      message: string;
      tenant: Readonly<TenantEntity> | null;
    };

type Plan =
  | TenantTaken
  | { outcome: 'adopt'; wish: TenantWish }
  | { outcome: 'change'; tenant: TenantEntity; changes: Partial<TenantEntity>; wish: boolean };

/** Takes the resources of tenants into the record: the other door, for whoever speaks to a cluster. */
@Injectable()
export class TenantAdoption {
  constructor(
    private readonly repository: TenantsRepository,
    private readonly owners: TenantOwners,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /**
   * Adopts a resource that has no row, and lets the row of one with the origin `cluster` follow it.
   * The id of its annotation is kept, unless another tenant has it. What is taken already is no
   * write.
   */
  async take(resource: TenantResource): Promise<TenantTaken> {
    const plan = await this.plan(this.reader, resource);
    if (isTaken(plan)) return this.settled(plan);
    return this.units.run(async (tx) => {
      const locked = 'tenant' in plan ? await this.repository.lock(tx, plan.tenant.id) : null;
      const current = await this.plan(tx, resource, locked ?? undefined);
      return isTaken(current) ? current : this.carryOut(tx, current, resource);
    });
  }

  /**
   * Notes that the resource of a live tenant is gone without having been deleted. The row stays, and
   * the resource is to be made again. Said once.
   *
   * @param why for people
   */
  async lost({ id, resourceUid }: Readonly<TenantEntity>, why: string): Promise<void> {
    if (resourceUid === null) return;
    await this.units.run(async (tx) => {
      const row = await this.repository.lock(tx, id);
      if (row?.resourceUid !== resourceUid) return;
      await this.repository.update(tx, id, { resourceUid: null });
      const entry = { tenantId: id, target: id, detail: { why } };
      const actor = clusterActor('unknown');
      await this.audit.record(tx, { ...entry, actor, action: 'tenant.resource_lost' });
    });
  }

  private async plan(
    source: Source,
    resource: TenantResource,
    locked?: TenantEntity,
  ): Promise<Plan> {
    const row = locked ?? (await this.repository.findByName(source, resource.name));
    if (row !== null && row.deletedAt !== null) {
      return { outcome: isSuccessor(row, resource) ? 'waits' : 'tombstone', tenant: row };
    }
    if (row !== null && !follows(row, resource)) return linked(row, resource);
    const read = wishOf(resource);
    if ('refusal' in read) {
      const message = read.refusal;
      return { outcome: 'refused', reason: 'InvalidSpec', message, tenant: row };
    }
    if (row === null) return { outcome: 'adopt', wish: read.wish };
    return followed(row, resource, changedWish(row, read.wish));
  }

  /** An account may have come while the tenant was adopted; neither saw the other. */
  private async settled(taken: TenantTaken): Promise<TenantTaken> {
    if (taken.outcome !== 'known') return taken;
    if (await this.owners.isThere(taken.tenant, this.reader)) {
      await this.owners.settleAlone(taken.tenant);
    }
    return taken;
  }

  private async carryOut(
    tx: Tx,
    plan: Exclude<Plan, TenantTaken>,
    resource: TenantResource,
  ): Promise<TenantTaken> {
    if (plan.outcome === 'adopt') return this.adopt(tx, resource, plan.wish);
    const { tenant, wish } = plan;
    const changes = wish
      ? {
          ...plan.changes,
          generation: tenant.generation + 1,
          updatedAt: this.clock.nowIso(),
        }
      : plan.changes;
    await this.repository.update(tx, tenant.id, changes);
    const next = { ...tenant, ...changes };
    if (!wish) return { outcome: 'known', tenant: next };
    const fields = Object.keys(plan.changes).join(',');
    await this.changed(tx, resource, 'tenant.updated', tenant.id, { fields });
    return { outcome: 'followed', tenant: next };
  }

  private async adopt(tx: Tx, resource: TenantResource, wish: TenantWish): Promise<TenantTaken> {
    const { name, uid, origin, owner, fieldManager } = resource;
    const by = clusterActor(fieldManager);
    const now = this.clock.now();
    const id = (await this.freeId(tx, resource)) ?? newId('t', now);
    const tenant: TenantEntity = {
      ...newTenant(by, { id, crName: name, ...wish }, now),
      origin,
      fieldManager: origin === 'cluster' ? fieldManager : null,
      resourceUid: uid,
      ownerEmail: normalizeEmail(owner ?? '') || null,
    };
    await this.repository.add(tx, tenant);
    await this.owners.settle(tx, tenant);
    const action = origin === 'cluster' ? 'tenant.adopted' : 'tenant.restored';
    await this.changed(tx, resource, action, id, { crName: name });
    return { outcome: 'adopted', tenant: (await this.repository.find(tx, id)) ?? tenant };
  }

  /** The id that the resource brings along; a copy of a resource gets another one. */
  private async freeId(tx: Tx, resource: TenantResource): Promise<string | undefined> {
    const id = idOf(resource);
    if (id === undefined) return undefined;
    return (await this.repository.find(tx, id)) === null ? id : undefined;
  }

  private async changed(
    tx: Tx,
    { fieldManager }: TenantResource,
    action: string,
    id: string,
    detail: Readonly<Record<string, string>>,
  ): Promise<void> {
    const actor = clusterActor(fieldManager);
    await this.audit.record(tx, { actor, action, tenantId: id, target: id, detail });
    await this.wakes.publish(tx, TENANT_TOPIC, id);
  }
}

function isTaken(plan: Plan): plan is TenantTaken {
  return plan.outcome !== 'adopt' && plan.outcome !== 'change';
}

/** The row stays; only which resource is its own may be news. */
function linked(tenant: TenantEntity, { uid }: TenantResource): Plan {
  if (tenant.resourceUid === uid) return { outcome: 'known', tenant };
  return { outcome: 'change', tenant, changes: { resourceUid: uid }, wish: false };
}

function followed(
  tenant: TenantEntity,
  { uid, fieldManager }: TenantResource,
  wish: Partial<TenantWish>,
): Plan {
  const seen: Partial<TenantEntity> = {
    ...(tenant.resourceUid === uid ? {} : { resourceUid: uid }),
    ...(tenant.fieldManager === fieldManager ? {} : { fieldManager }),
  };
  const isWish = Object.keys(wish).length > 0;
  const changes = { ...wish, ...seen };
  if (Object.keys(changes).length === 0) return { outcome: 'known', tenant };
  return { outcome: 'change', tenant, changes, wish: isWish };
}
