import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { RefreshTokenEntity } from './refresh-token.entity.js';
import { SessionEntity } from './session.entity.js';

/** The rows of sessions and their refresh tokens. */
@Injectable()
export class SessionsRepository {
  async add(tx: Tx, session: SessionEntity): Promise<void> {
    await tx.manager.insert(SessionEntity, session);
  }

  async find(source: Source, id: string): Promise<SessionEntity | null> {
    return source.manager.findOneBy(SessionEntity, { id });
  }

  /** Reads a session and keeps others from using it until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<SessionEntity | null> {
    if (tx.manager.connection.options.type !== 'postgres') return this.find(tx, id);
    return tx.manager.findOne(SessionEntity, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  async touch(tx: Tx, id: string, lastUsedAt: string, expiresAt: string): Promise<void> {
    await tx.manager.update(SessionEntity, { id }, { lastUsedAt, expiresAt });
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
