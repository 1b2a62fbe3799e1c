import { Injectable } from '@nestjs/common';
import { type AuditActor, AuditTrail, clusterActor } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Source, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { ClusterDeletionsRepository } from './cluster-deletions.repository.js';
import type { TenantResource } from './tenant-resource.rules.js';
import type { TenantEntity } from './tenant.entity.js';
import { TENANT_TOPIC } from './tenants.events.js';
import { TenantsRepository } from './tenants.repository.js';
import type { TenantPhase } from './tenants.schemas.js';

/** The time within which deletions through the cluster are a burst (`contracts/kubernetes.md`). */
const BURST_MS = 60_000;

/** What became of a deletion that somebody asked for through the cluster. */
export type DeletionOutcome =
  /** The tenant is being deleted: tear it down, and release its resource at the end. */
  | 'accepted'
  /** Too many came at once (`DeletionBurst`): it waits for `nexus-admin confirm-deletions`. */
  | 'held'
  /** The tenant is protected (`DeletionBlocked`): it waits until the protection is lifted. */
  | 'blocked'
  /** There is no such tenant: release the resource. */
  | 'unknown';

/** A deletion that waits to be confirmed. */
export interface HeldDeletion {
  tenant: Readonly<TenantEntity>;
  /** ISO-8601 UTC text. */
  heldAt: string;
}

/**
 * Deletions of tenants through the cluster. A burst of them is stopped, because one wrong command
 * can ask for all of them. What is let through and what is held is kept in the database, so that
 * neither a restart nor another server forgets it, and another program can confirm it.
 */
@Injectable()
export class TenantDeletions {
  constructor(
    private readonly repository: ClusterDeletionsRepository,
    private readonly tenants: TenantsRepository,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /**
   * Notes that somebody deleted this very resource. Asking again changes nothing.
   *
   * @param most how many may be let through within a minute (`NEXUS_DELETE_BURST`)
   */
  async intend(
    { name, uid, fieldManager }: Pick<TenantResource, 'name' | 'uid' | 'fieldManager'>,
    most: number,
  ): Promise<DeletionOutcome> {
    const before = await this.tenants.findByName(this.reader, name);
    if (before === null) return 'unknown';
    if (before.deletedAt !== null) return 'accepted';
    if (before.deletionProtection) return 'blocked';
    const known = await this.repository.find(this.reader, before.id);
    if (known?.held === true && known.resourceUid === uid) return 'held';
    return this.units.run(async (tx) => {
      await this.repository.lock(tx);
      const tenant = await this.tenants.lock(tx, before.id);
      if (tenant === null) return 'unknown';
      if (tenant.deletedAt !== null) return 'accepted';
      if (tenant.deletionProtection) return 'blocked';
      if (!(await this.isLetThrough(tx, tenant, uid, most))) return 'held';
      await this.delete(tx, tenant, uid, clusterActor(fieldManager));
      return 'accepted';
    });
  }

  /** Those that wait, oldest first. */
  async held(source: Source = this.reader): Promise<HeldDeletion[]> {
    const rows = await this.repository.held(source);
    const ids = rows.map(({ tenantId }) => tenantId);
    const list = await this.tenants.list(source, ids, undefined, ids.length);
    const live = new Map(list.filter(isLive).map((tenant) => [tenant.id, tenant]));
    return rows.flatMap(({ tenantId, seenAt: heldAt }) => {
      const tenant = live.get(tenantId);
      return tenant === undefined ? [] : [{ tenant, heldAt }];
    });
  }

  /**
   * Lets go on what waits, and wakes it.
   *
   * @returns what was confirmed
   */
  async confirm(actor: AuditActor): Promise<HeldDeletion[]> {
    return this.units.run(async (tx) => {
      await this.repository.lock(tx);
      const held = await this.held(tx);
      await this.repository.confirm(tx, this.clock.nowIso());
      for (const { tenant } of held) {
        const entry = { tenantId: tenant.id, target: tenant.id };
        await this.audit.record(tx, { ...entry, actor, action: 'tenant.deletion_confirmed' });
        await this.wakes.publish(tx, TENANT_TOPIC, tenant.id);
      }
      return held;
    });
  }

  /** Decides, and notes what was decided. */
  private async isLetThrough(
    tx: Tx,
    { id }: TenantEntity,
    uid: string,
    most: number,
  ): Promise<boolean> {
    const known = await this.repository.find(tx, id);
    if (known?.resourceUid === uid) return !known.held;
    const now = this.clock.now();
    const since = new Date(now.getTime() - BURST_MS).toISOString();
    await this.repository.forget(tx, since);
    const held = (await this.repository.countLetThrough(tx, since)) >= most;
    const row = { tenantId: id, resourceUid: uid, seenAt: now.toISOString(), held };
    await this.repository.put(tx, { ...row, confirmedAt: null });
    return !held;
  }

  private async delete(
    tx: Tx,
    { id, generation }: TenantEntity,
    resourceUid: string,
    actor: AuditActor,
  ): Promise<void> {
    const now = this.clock.nowIso();
    const phase: TenantPhase = 'Deleting';
    await this.tenants.update(tx, id, {
      phase,
      deletedAt: now,
      updatedAt: now,
      generation: generation + 1,
      // The tombstone is that of this object, whatever the row knew of it before.
      resourceUid,
    });
    await this.audit.record(tx, { actor, action: 'tenant.deleted', tenantId: id, target: id });
    await this.wakes.publish(tx, TENANT_TOPIC, id);
  }
}

function isLive({ deletedAt }: TenantEntity): boolean {
  return deletedAt === null;
}
