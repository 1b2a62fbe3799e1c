import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database/unit-of-work.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** The rows of the audit: they are added, never changed. */
@Injectable()
export class AuditRepository {
  async add(tx: Tx, entry: Omit<AuditEntryEntity, 'number'>): Promise<void> {
    await tx.manager.insert(AuditEntryEntity, entry);
  }
}
