import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Not } from 'typeorm';
import { HotQuery } from '../platform/database/hot-query.js';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { SessionEntity } from './session.entity.js';

const SESSION = new HotQuery(SessionEntity, { where: 'id = ?' });

/** The rows of sessions and their refresh tokens. */
@Injectable()
export class SessionsRepository {
  async add(tx: Tx, session: SessionEntity): Promise<void> {
    await tx.manager.insert(SessionEntity, session);
  }

  async find(source: Source, id: string): Promise<SessionEntity | null> {
    const [session] = await source.all(SESSION, [id]);
    return session ?? null;
  }

  /** Reads a session and keeps others from using it until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<SessionEntity | null> {
    if (tx.manager.connection.options.type !== 'postgres') return this.find(tx, id);
    return tx.manager.findOne(SessionEntity, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Sessions of a user that are open at `now`, in the order of their creation. */
  async listOpen(
    source: Source,
    userId: string,
    now: string,
    afterId: string | undefined,
    limit: number,
  ): Promise<SessionEntity[]> {
    return source.manager.find(SessionEntity, {
      where: {
        ...openOf(userId, now),
        ...(afterId === undefined ? {} : { id: MoreThan(afterId) }),
      },
      order: { id: 'ASC' },
      take: limit,
    });
  }

  async countOpen(source: Source, userId: string, now: string): Promise<number> {
    return source.manager.countBy(SessionEntity, openOf(userId, now));
  }

  async touch(
    tx: Tx,
    id: string,
    use: Pick<SessionEntity, 'lastUsedAt' | 'expiresAt' | 'userAgent' | 'address'>,
  ): Promise<void> {
    await tx.manager.update(SessionEntity, { id }, use);
  }

  /** Ends a session of this user; an ended one stays as it was. */
  async end(tx: Tx, id: string, userId: string, endedAt: string): Promise<void> {
    await tx.manager.update(SessionEntity, { id, userId, endedAt: IsNull() }, { endedAt });
  }

  /** Ends every session of a user that is open, `exceptId` aside. */
  async endAll(tx: Tx, userId: string, endedAt: string, exceptId?: string): Promise<void> {
    const others = exceptId === undefined ? {} : { id: Not(exceptId) };
    await tx.manager.update(SessionEntity, { userId, endedAt: IsNull(), ...others }, { endedAt });
  }

  async addToken(tx: Tx, token: RefreshTokenEntity): Promise<void> {
    await tx.manager.insert(RefreshTokenEntity, token);
  }

  async findToken(source: Source, hash: string): Promise<RefreshTokenEntity | null> {
    return source.manager.findOneBy(RefreshTokenEntity, { hash });
  }

  async useToken(tx: Tx, hash: string, usedAt: string): Promise<void> {
    await tx.manager.update(RefreshTokenEntity, { hash }, { usedAt });
  }
}

function openOf(userId: string, now: string) {
  return { userId, endedAt: IsNull(), expiresAt: MoreThan(now) };
}
