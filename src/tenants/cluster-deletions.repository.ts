import { Injectable } from '@nestjs/common';
import { IsNull, LessThanOrEqual, MoreThan } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { ClusterDeletionEntity } from './cluster-deletion.entity.js';

/** The rows of deletions that were asked for through the cluster. */
@Injectable()
export class ClusterDeletionsRepository {
  /** Keeps others from counting until the transaction ends. */
  async lock(tx: Tx): Promise<void> {
    if (tx.manager.connection.options.type !== 'postgres') return;
    await tx.manager.query('LOCK TABLE cluster_deletions IN SHARE ROW EXCLUSIVE MODE');
  }

  async find(source: Source, tenantId: string): Promise<ClusterDeletionEntity | null> {
    return source.manager.findOneBy(ClusterDeletionEntity, { tenantId });
  }

  /** Replaces what was noted of the tenant before. */
  async put(tx: Tx, row: ClusterDeletionEntity): Promise<void> {
    await tx.manager.delete(ClusterDeletionEntity, { tenantId: row.tenantId });
    await tx.manager.insert(ClusterDeletionEntity, row);
  }

  /** How many were let through after a time; those that were confirmed are no burst. */
  async countLetThrough(source: Source, after: string): Promise<number> {
    const letThrough = { held: false, confirmedAt: IsNull() };
    return source.manager.countBy(ClusterDeletionEntity, {
      ...letThrough,
      seenAt: MoreThan(after),
    });
  }

  /** Forgets those that were let through and count no more. */
  async forget(tx: Tx, before: string): Promise<void> {
    await tx.manager.delete(ClusterDeletionEntity, {
      held: false,
      confirmedAt: IsNull(),
      seenAt: LessThanOrEqual(before),
    });
  }

  /** Those that wait, oldest first. */
  async held(source: Source): Promise<ClusterDeletionEntity[]> {
    const order = { seenAt: 'ASC', tenantId: 'ASC' } as const;
    return source.manager.find(ClusterDeletionEntity, { where: { held: true }, order });
  }

  /** Lets everything go on that waits. */
  async confirm(tx: Tx, at: string): Promise<void> {
    const confirmed = { held: false, confirmedAt: at };
    await tx.manager.update(ClusterDeletionEntity, { held: true }, confirmed);
  }
}
