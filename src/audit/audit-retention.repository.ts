import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

/** The rows of the audit by their age. */
@Injectable()
export class AuditRetentionRepository {
  /** Numbers of entries from before a time, oldest first. */
  async olderThan(source: Source, before: string, most: number): Promise<number[]> {
    const rows = await source.manager.find(AuditEntryEntity, {
      select: { number: true },
      where: { at: LessThan(before) },
      order: { at: 'ASC' },
      take: most,
    });
    return rows.map(({ number }) => number);
  }

  async remove(tx: Tx, numbers: number[]): Promise<void> {
    await tx.manager.delete(AuditEntryEntity, { number: In(numbers) });
  }
}
