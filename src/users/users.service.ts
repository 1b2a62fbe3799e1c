import { Injectable } from '@nestjs/common';
import { type AuditActor, AuditTrail } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { isUniqueViolation } from '../platform/database/database-errors.js';
import { Reader, type Source, type Tx } from '../platform/database/unit-of-work.js';
import { newId } from '../platform/ids/ids.js';
import type { UserEntity } from './user.entity.js';
import { emailTaken } from './users.errors.js';
import { UsersRepository } from './users.repository.js';

/** A new account; `passwordHash` is argon2id in the PHC string format. */
export interface NewUser {
  email: string;
  displayName: string;
  passwordHash: string;
  role: 'admin' | 'user';
}

export type User = UserEntity;

/** Accounts of people. */
@Injectable()
export class UsersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly audit: AuditTrail,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `email_taken` */
  async create(tx: Tx, { email, ...rest }: NewUser, by?: AuditActor): Promise<User> {
    const address = normalizeEmail(email);
    if ((await this.repository.findByEmail(tx, address)) !== null) throw emailTaken();
    const now = this.clock.now();
    const user: User = {
      id: newId('usr', now),
      email: address,
      ...rest,
      disabled: false,
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    };
    try {
      await this.repository.add(tx, user);
    } catch (error) {
      throw isUniqueViolation(error) ? emailTaken() : error;
    }
    const actor: AuditActor = by ?? { kind: 'user', id: user.id, label: user.email };
    await this.audit.record(tx, { actor, action: 'user.created', target: user.id });
    return user;
  }

  async findByEmail(email: string): Promise<User | null> {
    return this.repository.findByEmail(this.reader, normalizeEmail(email));
  }

  async findById(id: string, source: Source = this.reader): Promise<User | null> {
    return this.repository.findById(source, id);
  }

  /** Makes other units that lock the same account wait until this one ends. */
  async lock(tx: Tx, id: string): Promise<void> {
    await this.repository.lock(tx, id);
  }

  /** Whether nobody has an account yet. */
  async isEmpty(source: Source = this.reader): Promise<boolean> {
    return (await this.repository.count(source)) === 0;
  }
}

/** Addresses are compared without regard to case or surrounding blanks. */
function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}
