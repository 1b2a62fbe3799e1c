import { Injectable } from '@nestjs/common';
import type { AuditActor } from '../audit/audit-trail.service.js';
import { AppError } from '../platform/errors/app-error.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { type User, type UserChanges, UsersService } from '../users/users.service.js';
import { registerSchema } from './auth.schemas.js';
import { Passwords } from './passwords.js';
import { SessionsService } from './sessions.service.js';

/** What whoever holds the database may do to accounts, by their address. */
@Injectable()
export class AccountAdministration {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly units: UnitOfWork,
  ) {}

  /** @throws AppError `account_invalid`, `email_taken` */
  async createAdmin(by: AuditActor, email: string, password: string): Promise<User> {
    const account = checked(email, password);
    const passwordHash = await this.passwords.hash(account.password);
    const user = {
      email: account.email,
      displayName: 'Admin',
      passwordHash,
      role: 'admin',
    } as const;
    return this.units.run((tx) => this.users.create(tx, user, by));
  }

  /**
   * Sets a new password and ends every session.
   *
   * @throws AppError `account_invalid`, `user_not_found`
   */
  async resetPassword(by: AuditActor, email: string, password: string): Promise<User> {
    const user = await this.users.getByEmail(email);
    const passwordHash = await this.passwords.hash(checked(user.email, password).password);
    return this.change(by, user, { passwordHash }, true);
  }

  /**
   * Lets an account in or not; one that is disabled has no session left.
   *
   * @throws AppError `user_not_found`, `last_admin`
   */
  async setDisabled(by: AuditActor, email: string, disabled: boolean): Promise<User> {
    return this.change(by, await this.users.getByEmail(email), { disabled }, disabled);
  }

  private async change(
    by: AuditActor,
    { id }: User,
    changes: UserChanges,
    endSessions: boolean,
  ): Promise<User> {
    return this.units.run(async (tx) => {
      const user = await this.users.change(tx, by, id, changes);
      if (endSessions) await this.sessions.endAll(tx, id);
      return user;
    });
  }
}

/** Held to the same rules as whoever registers. */
function checked(email: string, password: string): { email: string; password: string } {
  const account = registerSchema.safeParse({ email, password });
  if (account.success) return account.data;
  const issues = account.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new AppError('invalid', 'account_invalid', `This is refused: ${issues.join('; ')}.`);
}
