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

  async count(source: Source): Promise<number> {
    return source.manager.count(UserEntity);
  }
}
