import { Injectable } from '@nestjs/common';
import type { SelectQueryBuilder } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** Which entries; what is absent does not matter. */
export interface AuditFilter {
  tenantId?: string | undefined;
  /** Id or label. */
  actor?: string | undefined;
  action?: string | undefined;
  outcome?: string | undefined;
  /** ISO-8601 UTC text; included. */
  since?: string | undefined;
  /** ISO-8601 UTC text; not included. */
  until?: string | undefined;
}

const CONDITIONS: Readonly<Record<keyof AuditFilter, string>> = {
  tenantId: 'entry.tenantId = :tenantId',
  actor: '(entry.actorId = :actor OR entry.actorLabel = :actor)',
  action: 'entry.action = :action',
  outcome: 'entry.outcome = :outcome',
  since: 'entry.at >= :since',
  until: 'entry.at < :until',
};

/** The rows of the audit: they are added, never changed. */
@Injectable()
export class AuditRepository {
  async add(tx: Tx, entry: Omit<AuditEntryEntity, 'number'>): Promise<void> {
    await tx.manager.insert(AuditEntryEntity, entry);
  }

  /** Entries from the newest to the oldest, those with a smaller number than `before` alone. */
  async list(
    source: Source,
    filter: AuditFilter,
    before: number | undefined,
    limit: number,
  ): Promise<AuditEntryEntity[]> {
    const query = select(source, filter).orderBy('entry.number', 'DESC').take(limit);
    if (before !== undefined) query.andWhere('entry.number < :before', { before });
    return query.getMany();
  }

  async count(source: Source, filter: AuditFilter): Promise<number> {
    return select(source, filter).getCount();
  }
}

function select(source: Source, filter: AuditFilter): SelectQueryBuilder<AuditEntryEntity> {
  const query = source.manager.createQueryBuilder(AuditEntryEntity, 'entry');
  for (const [name, value] of Object.entries(filter) as [keyof AuditFilter, string | undefined][]) {
    if (value !== undefined) query.andWhere(CONDITIONS[name], { [name]: value });
  }
  return query;
}
