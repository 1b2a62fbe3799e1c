import { Injectable } from '@nestjs/common';
import { In, LessThan, type SelectQueryBuilder } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { ApiKeyEntity } from './api-key.entity.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { SessionEntity } from './session.entity.js';

/** Credentials that are good for nothing any more, by how long they have been. */
@Injectable()
export class SessionRetentionRepository {
  /** Hashes of refresh tokens that were used before a time. */
  async tokensUsedBefore(source: Source, before: string, most: number): Promise<string[]> {
    const rows = await source.manager.find(RefreshTokenEntity, {
      select: { hash: true },
      where: { usedAt: LessThan(before) },
      take: most,
    });
    return rows.map(({ hash }) => hash);
  }

  /** Hashes of the refresh tokens of sessions that were over before a time. */
  async tokensOfSessionsBefore(source: Source, before: string, most: number): Promise<string[]> {
    const rows = await sessionsBefore(source, before)
      .innerJoin(RefreshTokenEntity, 'token', 'token.sessionId = session.id')
      .select('token.hash', 'hash')
      .limit(most)
      .getRawMany<{ hash: string }>();
    return rows.map(({ hash }) => hash);
  }

  async removeTokens(tx: Tx, hashes: string[]): Promise<void> {
    await tx.manager.delete(RefreshTokenEntity, { hash: In(hashes) });
  }

  /** Ids of sessions that were over before a time and have no tokens left. */
  async sessionsBefore(source: Source, before: string, most: number): Promise<string[]> {
    const rows = await sessionsBefore(source, before)
      .leftJoin(RefreshTokenEntity, 'token', 'token.sessionId = session.id')
      .andWhere('token.hash IS NULL')
      .select('session.id', 'id')
      .limit(most)
      .getRawMany<{ id: string }>();
    return rows.map(({ id }) => id);
  }

  async removeSessions(tx: Tx, ids: string[]): Promise<void> {
    await tx.manager.delete(SessionEntity, { id: In(ids) });
  }

  /** Hashes of keys that were revoked or had expired before a time. */
  async keysBefore(source: Source, before: string, most: number): Promise<string[]> {
    const rows = await source.manager.find(ApiKeyEntity, {
      select: { hash: true },
      where: [{ revokedAt: LessThan(before) }, { expiresAt: LessThan(before) }],
      take: most,
    });
    return rows.map(({ hash }) => hash);
  }

  async removeKeys(tx: Tx, hashes: string[]): Promise<void> {
    await tx.manager.delete(ApiKeyEntity, { hash: In(hashes) });
  }
}

function sessionsBefore(source: Source, before: string): SelectQueryBuilder<SessionEntity> {
  return source.manager
    .createQueryBuilder(SessionEntity, 'session')
    .where('(session.endedAt < :before OR session.expiresAt < :before)', { before });
}
