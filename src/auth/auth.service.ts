import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import type { Caller } from '../access/caller.decorator.js';
import { type AuditActor, type AuditRecord, AuditTrail } from '../audit/audit-trail.service.js';
import { AuthConfig } from '../config/auth.config.js';
import { type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { type User, UsersService } from '../users/users.service.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import {
  credentialInvalid,
  loginRefused,
  refreshRefused,
  registrationClosed,
} from './auth.errors.js';
import type { Login, Logout, Register, SessionView } from './auth.schemas.js';
import { type Attempt, type AttemptOrigin, LoginLimits } from './login-limits.service.js';
import { Passwords } from './passwords.js';
import { type OpenedSession, SessionsService } from './sessions.service.js';

/** An account may be changed, or its hash made anew, while a password is proven. */
const LOGIN_TRIES = 3;

/** Proves who people are: registration, log-in, refresh, log-out. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly tokens: AccessTokens,
    private readonly limits: LoginLimits,
    private readonly audit: AuditTrail,
    private readonly units: UnitOfWork,
    private readonly config: AuthConfig,
  ) {}

  /** @throws AppError `registration_closed`, `email_taken`, `rate_limited` */
  async register(
    { email, password, displayName }: Register,
    from: AttemptOrigin,
  ): Promise<SessionView> {
    if (this.config.registration !== 'open') throw registrationClosed();
    const attempt = { ...from, email };
    await this.limits.admit(attempt);
    const passwordHash = await this.passwords.hash(password);
    return this.units.run(async (tx) => {
      const user = await this.users.create(tx, {
        email,
        passwordHash,
        displayName: displayName ?? email.split('@')[0] ?? email,
        role: 'user',
      });
      await this.limits.succeeded(tx, attempt);
      return this.openSession(tx, user, from.caller);
    });
  }

  /**
   * @throws AppError `login_refused`, the same in word and time whatever was wrong; `rate_limited`
   */
  async login(input: Login, from: AttemptOrigin): Promise<SessionView> {
    const attempt = { ...from, email: input.email };
    await this.limits.admit(attempt);
    for (let tries = 1; tries <= LOGIN_TRIES; tries++) {
      const session = await this.tryLogin(input, attempt);
      if (session !== undefined) return session;
    }
    throw loginRefused();
  }

  /** @throws AppError `refresh_refused`, `rate_limited` */
  async refresh(refreshToken: string, caller: Caller): Promise<SessionView> {
    const token = await this.sessions.findToken(refreshToken);
    if (token === undefined) throw refreshRefused();
    // Not of a used one: whoever stole a live one could keep the session from being ended by it.
    if (token.usedAt === null) await this.limits.admitRefresh(token.sessionId);
    const answer = await this.units.run((tx) => this.continueSession(tx, token.hash, caller));
    if (answer === undefined) throw refreshRefused();
    return answer;
  }

  async logout(actor: Actor, input: Logout): Promise<void> {
    if (actor.kind !== 'user') throw credentialInvalid();
    await this.units.run(async (tx) => {
      const ended = await this.sessions.end(tx, actor.id, actor.sessionId, input?.refreshToken);
      for (const target of ended) {
        await this.audit.record(tx, { actor, action: 'session.ended', target });
      }
    });
  }

  /** @returns undefined when the session is over, perhaps by this very token */
  private async continueSession(
    tx: Tx,
    token: string,
    caller: Caller,
  ): Promise<SessionView | undefined> {
    const session = await this.sessions.refresh(tx, token, caller);
    if (session === undefined) return undefined;
    const user = await this.users.findById(session.userId, tx);
    if (user === null || user.disabled) throw refreshRefused();
    const entry = { actor: personOf(user), target: session.sessionId };
    if ('refreshToken' in session) {
      await this.audit.record(tx, { ...entry, action: 'session.refreshed' });
      return this.answer(user, session);
    }
    const detail = { reason: 'refresh_token_reused' };
    await this.audit.record(tx, { ...entry, action: 'session.ended', detail });
    return undefined;
  }

  /** @returns undefined when the account was changed while its password was proven */
  private async tryLogin(
    { email, password }: Login,
    attempt: Attempt,
  ): Promise<SessionView | undefined> {
    const user = await this.users.findByEmail(email);
    const fits = await this.passwords.verify(user?.passwordHash, password);
    if (user === null || !fits || user.disabled) throw loginRefused();
    const outdated = this.passwords.isOutdated(user.passwordHash);
    const renewed = outdated ? await this.passwords.hash(password) : undefined;
    return this.units.run(async (tx) => {
      if (!(await this.lockUnchanged(tx, user))) return undefined;
      if (renewed !== undefined) await this.users.rehash(tx, user.id, renewed);
      await this.limits.succeeded(tx, attempt);
      const detail = renewed === undefined ? undefined : { rehashed: true };
      return this.openSession(tx, user, attempt.caller, detail);
    });
  }

  private async openSession(
    tx: Tx,
    user: User,
    caller: Caller,
    detail: AuditRecord['detail'] = {},
  ): Promise<SessionView> {
    const session = await this.sessions.open(tx, user.id, caller);
    const entry = { actor: personOf(user), target: session.sessionId, detail };
    await this.audit.record(tx, { ...entry, action: 'session.opened' });
    return this.answer(user, session);
  }

  /** A session must not outlive a disabling or a new password that came while this one was proven. */
  private async lockUnchanged(tx: Tx, { id, passwordHash }: User): Promise<boolean> {
    await this.users.lock(tx, id);
    const user = await this.users.findById(id, tx);
    return user !== null && !user.disabled && user.passwordHash === passwordHash;
  }

  private answer({ id, email, displayName }: User, session: OpenedSession): SessionView {
    return {
      accessToken: this.tokens.sign({ sub: id, sid: session.sessionId }),
      refreshToken: session.refreshToken,
      expiresIn: ACCESS_TOKEN_SECONDS,
      user: { id, email, displayName },
    };
  }
}

/** As the audit names them. */
function personOf({ id, email }: User): AuditActor {
  return { kind: 'user', id, label: email };
}
