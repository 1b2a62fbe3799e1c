import { Injectable } from '@nestjs/common';
import { type Actor, isPlatformAdmin, type UserActor } from '../access/actor.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { Page } from '../platform/http/pagination.js';
import { invalidRequest } from '../platform/http/validation.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { type User, type UserChanges, UsersService } from '../users/users.service.js';
import { credentialInvalid, passwordWrong, sessionNotFound } from './auth.errors.js';
import type { Identity, UserIdentity } from './auth.schemas.js';
import { type Attempt, type AttemptOrigin, LoginLimits } from './login-limits.service.js';
import type { ListSessionsQuery, PatchMe, SessionEntry } from './me.schemas.js';
import { Passwords } from './passwords.js';
import { SessionsService } from './sessions.service.js';

/** What people and keys may know of themselves, and what people may change. */
@Injectable()
export class MeService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly limits: LoginLimits,
    private readonly tenants: TenantsService,
    private readonly audit: AuditTrail,
    private readonly units: UnitOfWork,
  ) {}

  /** Who the actor is, and where they may go. */
  async identify(actor: Actor): Promise<Identity> {
    if (actor.kind === 'user') return this.identifyUser(actor);
    return {
      keyLabel: actor.label,
      tenantId: actor.tenantId,
      scope: actor.tenantId === null ? 'admin' : 'tenant',
      permissions: [...actor.permissions],
    };
  }

  /**
   * Changes one's own account. A new password ends every session but this one.
   *
   * @throws AppError `password_wrong`, `rate_limited`
   */
  async patch(actor: Actor, input: PatchMe, from: AttemptOrigin): Promise<UserIdentity> {
    const person = personOf(actor);
    const { displayName } = input;
    const attempt = { ...from, email: person.label };
    const password = await this.newPassword(person, input, attempt);
    await this.units.run(async (tx) => {
      const changes: UserChanges = { displayName };
      if (password !== undefined) {
        await this.users.lock(tx, person.id);
        const user = await this.users.findById(person.id, tx);
        // Somebody else may have set another password while this one was hashed.
        if (user?.passwordHash !== password.before) throw passwordWrong();
        changes.passwordHash = password.hash;
        await this.limits.succeeded(tx, attempt);
        await this.sessions.endAll(tx, person.id, person.sessionId);
      }
      await this.users.change(tx, person, person.id, changes);
    });
    return this.identifyUser(person);
  }

  /** The sessions of the person that have not ended. */
  async listSessions(actor: Actor, query: ListSessionsQuery): Promise<Page<SessionEntry>> {
    const person = personOf(actor);
    const page = await this.sessions.list(person.id, query);
    const items = page.items.map(
      ({ id, createdAt, lastUsedAt, expiresAt, userAgent, address }) => ({
        id,
        createdAt,
        lastUsedAt,
        expiresAt,
        current: id === person.sessionId,
        userAgent,
        address,
      }),
    );
    return { ...page, items };
  }

  /** @throws AppError `session_not_found`, also for somebody else's */
  async endSession(actor: Actor, sessionId: string): Promise<void> {
    const person = personOf(actor);
    await this.units.run(async (tx) => {
      if (!(await this.sessions.endOne(tx, person.id, sessionId))) throw sessionNotFound();
      await this.audit.record(tx, { actor, action: 'session.ended', target: sessionId });
    });
  }

  /** Proves the current password and hashes the new one. */
  private async newPassword(
    { id }: UserActor,
    { currentPassword, newPassword }: PatchMe,
    attempt: Attempt,
  ): Promise<{ before: string; hash: string } | undefined> {
    if (currentPassword === undefined || newPassword === undefined) return undefined;
    const user = await this.userOf(id);
    if (newPassword.toLowerCase() === user.email) {
      throw invalidRequest([{ path: 'newPassword', message: 'must not be the email address' }]);
    }
    await this.limits.admit(attempt);
    const before = user.passwordHash;
    if (!(await this.passwords.verify(before, currentPassword))) throw passwordWrong();
    return { before, hash: await this.passwords.hash(newPassword) };
  }

  private async identifyUser(actor: UserActor): Promise<UserIdentity> {
    const { id, email, displayName } = await this.userOf(actor.id);
    const tenants = await this.tenants.membershipsOf(id);
    const [only] = tenants;
    return {
      id,
      email,
      displayName,
      role: isPlatformAdmin(actor) ? 'admin' : 'user',
      tenants,
      ...(tenants.length === 1 && only !== undefined ? { tenantId: only.id } : {}),
    };
  }

  private async userOf(id: string): Promise<User> {
    const user = await this.users.findById(id);
    if (user === null) throw credentialInvalid();
    return user;
  }
}

/** The permission keeps keys out; this tells the compiler. */
function personOf(actor: Actor): UserActor {
  if (actor.kind !== 'user') throw credentialInvalid();
  return actor;
}
