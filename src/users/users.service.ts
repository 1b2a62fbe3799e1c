import { Injectable } from '@nestjs/common';
import { type AuditActor, AuditTrail } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { isUniqueViolation } from '../platform/database/database-errors.js';
import { Reader, type Source, type Tx } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { newId } from '../platform/ids/ids.js';
import { NewAccounts } from './new-accounts.service.js';
import type { UserEntity } from './user.entity.js';
import { USER_TOPIC } from './users.events.js';
import { emailTaken, lastAdmin, userNotFound } from './users.errors.js';
import { UsersRepository } from './users.repository.js';

/** A new account; `passwordHash` is argon2id in the PHC string format. */
export interface NewUser {
  email: string;
  displayName: string;
  passwordHash: string;
  role: 'admin' | 'user';
}

export type User = UserEntity;

/** What may be changed of an account; what is absent stays. */
export interface UserChanges {
  displayName?: string | undefined;
  role?: 'admin' | 'user' | undefined;
  disabled?: boolean | undefined;
  /** argon2id in the PHC string format. */
  passwordHash?: string | undefined;
}

/** Accounts of people. */
@Injectable()
export class UsersService {
  constructor(
    private readonly repository: UsersRepository,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly newAccounts: NewAccounts,
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
    await this.newAccounts.made(tx, user);
    return user;
  }

  /**
   * Changes an account; a value that stands already is no change.
   *
   * @throws AppError `user_not_found`, `last_admin`
   */
  async change(tx: Tx, by: AuditActor, id: string, wanted: UserChanges): Promise<User> {
    const admins = await this.lockAdmins(tx, wanted);
    await this.repository.lock(tx, id);
    const user = await this.repository.findById(tx, id);
    if (user === null) throw userNotFound();
    const changes = changesOf(user, wanted);
    if (Object.keys(changes).length === 0) return user;
    const next = { ...user, ...changes, updatedAt: this.clock.nowIso() };
    const staysAdmin = next.role === 'admin' && !next.disabled;
    if (!staysAdmin && admins.length === 1 && admins[0]?.id === id) throw lastAdmin();
    await this.repository.update(tx, id, { ...changes, updatedAt: next.updatedAt });
    const detail = detailOf(changes);
    await this.audit.record(tx, { actor: by, action: 'user.updated', target: id, detail });
    await this.wakes.publish(tx, USER_TOPIC, id);
    return next;
  }

  /** Accounts in the order of their creation, up to `limit` after `afterId`. */
  async list(afterId: string | undefined, limit: number): Promise<User[]> {
    return this.repository.list(this.reader, afterId, limit);
  }

  async count(): Promise<number> {
    return this.repository.count(this.reader);
  }

  async findByEmail(email: string, source: Source = this.reader): Promise<User | null> {
    return this.repository.findByEmail(source, normalizeEmail(email));
  }

  /** Accounts by their id; unknown ids are missing. */
  async findMany(ids: readonly string[], source: Source = this.reader): Promise<Map<string, User>> {
    const users = await this.repository.findMany(source, ids);
    return new Map(users.map((user) => [user.id, user]));
  }

  /** @throws AppError `user_not_found` */
  async get(id: string): Promise<User> {
    const user = await this.findById(id);
    if (user === null) throw userNotFound();
    return user;
  }

  /** @throws AppError `user_not_found` */
  async getByEmail(email: string): Promise<User> {
    const user = await this.findByEmail(email);
    if (user === null) throw userNotFound();
    return user;
  }

  async findById(id: string, source: Source = this.reader): Promise<User | null> {
    return this.repository.findById(source, id);
  }

  /** Stores the same password under another hash; to its owner nothing has changed. */
  async rehash(tx: Tx, id: string, passwordHash: string): Promise<void> {
    await this.repository.update(tx, id, { passwordHash });
  }

  /** Makes other units that lock the same account wait until this one ends. */
  async lock(tx: Tx, id: string): Promise<void> {
    await this.repository.lock(tx, id);
  }

  /** Whether nobody has an account yet. */
  async isEmpty(source: Source = this.reader): Promise<boolean> {
    return (await this.repository.count(source)) === 0;
  }

  /** The admins that are left, where a change could take the last one away. */
  private async lockAdmins(tx: Tx, { role, disabled }: UserChanges): Promise<User[]> {
    return role === undefined && disabled === undefined ? [] : this.repository.lockAdmins(tx);
  }
}

/** What the audit says of a change: its fields, and the values that decide about access. */
function detailOf(changes: Partial<User>): Record<string, string | boolean> {
  const { disabled, role } = changes;
  const fields = Object.keys(changes)
    .map((key) => (key === 'passwordHash' ? 'password' : key))
    .join(',');
  return {
    fields,
    ...(disabled !== undefined && { disabled }),
    ...(role !== undefined && { role }),
  };
}

function changesOf(user: User, wanted: UserChanges): Partial<User> {
  const changed = Object.entries(wanted).filter(
    ([key, value]) => value !== undefined && user[key as keyof User] !== value,
  );
  return Object.fromEntries(changed);
}

/** Addresses are compared without regard to case or surrounding blanks. */
export function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}
