import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';
import type { Source, Tx } from '../database/unit-of-work.js';
import { RateLimitEntity } from './rate-limit.entity.js';

/** The rows of limits that are in use. */
@Injectable()
export class RateLimitsRepository {
  async find(source: Source, key: string): Promise<Date | undefined> {
    const row = await source.manager.findOneBy(RateLimitEntity, { key });
    return row === null ? undefined : new Date(row.drainedAt);
  }

  /**
   * Reads a limit, making an empty one when absent, and keeps others from changing it until the
   * transaction ends: an update that changes nothing locks the row as any other.
   */
  async lock(tx: Tx, key: string, now: Date): Promise<Date | undefined> {
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(RateLimitEntity)
      .values({ key, drainedAt: now.toISOString() })
      .orUpdate(['key'], ['key'])
      .execute();
    return this.find(tx, key);
  }

  async set(tx: Tx, key: string, drainedAt: Date): Promise<void> {
    await tx.manager.update(RateLimitEntity, { key }, { drainedAt: drainedAt.toISOString() });
  }

  async remove(tx: Tx, key: string): Promise<void> {
    await tx.manager.delete(RateLimitEntity, { key });
  }

  /** Removes up to `most` limits that have drained. @returns how many it found */
  async prune(tx: Tx, now: Date, most: number): Promise<number> {
    const drained = { drainedAt: LessThan(now.toISOString()) };
    const rows = await tx.manager.find(RateLimitEntity, { where: drained, take: most });
    if (rows.length === 0) return 0;
    await tx.manager.delete(RateLimitEntity, { key: In(rows.map(({ key }) => key)), ...drained });
    return rows.length;
  }
}
