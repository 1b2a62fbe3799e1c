import { Injectable } from '@nestjs/common';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { UserEntity } from './user.entity.js';

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
    return source.manager.findOneBy(UserEntity, { id });
  }

  /** Keeps others from changing the account until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<void> {
    if (tx.manager.connection.options.type !== 'postgres') return;
    await tx.manager.findOne(UserEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  async count(source: Source): Promise<number> {
    return source.manager.count(UserEntity);
  }
}
