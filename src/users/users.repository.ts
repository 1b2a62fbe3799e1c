import { Injectable } from '@nestjs/common';
import { In, MoreThan } from 'typeorm';
import { HotQuery } from '../platform/database/hot-query.js';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { UserEntity } from './user.entity.js';

const USER = new HotQuery(UserEntity, { where: 'id = ?' });

/** The rows of accounts. */
@Injectable()
export class UsersRepository {
  async add(tx: Tx, user: UserEntity): Promise<void> {
    await tx.manager.insert(UserEntity, user);
  }

  async findByEmail(source: Source, email: string): Promise<UserEntity | null> {
    return source.manager.findOneBy(UserEntity, { email });
  }

  async findById(source: Source, id: string): Promise<UserEntity | null> {
    const [user] = await source.all(USER, [id]);
    return user ?? null;
  }

  async findMany(source: Source, ids: readonly string[]): Promise<UserEntity[]> {
    return source.manager.findBy(UserEntity, { id: In([...ids]) });
  }

  /** Keeps others from changing the account until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<void> {
    if (tx.manager.connection.options.type !== 'postgres') return;
    await tx.manager.findOne(UserEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async update(tx: Tx, id: string, changes: Partial<UserEntity>): Promise<void> {
    await tx.manager.update(UserEntity, { id }, changes);
  }

  /** Accounts in the order of their creation. */
  async list(source: Source, afterId: string | undefined, limit: number): Promise<UserEntity[]> {
    return source.manager.find(UserEntity, {
      ...(afterId === undefined ? {} : { where: { id: MoreThan(afterId) } }),
      order: { id: 'ASC' },
      take: limit,
    });
  }

  /** The admins that can log in, kept from changing until the transaction ends. */
  async lockAdmins(tx: Tx): Promise<UserEntity[]> {
    const where = { role: 'admin', disabled: false };
    return tx.manager.connection.options.type === 'postgres'
      ? tx.manager.find(UserEntity, {
          where,
          order: { id: 'ASC' },
          lock: { mode: 'pessimistic_write' },
        })
      : tx.manager.findBy(UserEntity, where);
  }

  async count(source: Source): Promise<number> {
    return source.manager.count(UserEntity);
  }
}
