import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import type { Caller } from '../access/caller.decorator.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { AuthConfig } from '../config/auth.config.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { type User, UsersService } from '../users/users.service.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import {
  credentialInvalid,
  loginRefused,
  refreshRefused,
  registrationClosed,
} from './auth.errors.js';
import type { Login, Logout, Register, SessionView } from './auth.schemas.js';
import { Passwords } from './passwords.js';
import { type OpenedSession, SessionsService } from './sessions.service.js';

/** Proves who people are: registration, log-in, refresh, log-out. */
@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly passwords: Passwords,
    private readonly tokens: AccessTokens,
    private readonly audit: AuditTrail,
    private readonly units: UnitOfWork,
    private readonly config: AuthConfig,
  ) {}

  /** @throws AppError `registration_closed`, `email_taken` */
  async register({ email, password, displayName }: Register, caller: Caller): Promise<SessionView> {
    if (this.config.registration !== 'open') throw registrationClosed();
    const passwordHash = await this.passwords.hash(password);
    return this.units.run(async (tx) => {
      const user = await this.users.create(tx, {
        email,
        passwordHash,
        displayName: displayName ?? email.split('@')[0] ?? email,
        role: 'user',
      });
      return this.answer(user, await this.sessions.open(tx, user.id, caller));
    });
  }

  /** @throws AppError `login_refused`, the same in word and time whatever was wrong */
  async login({ email, password }: Login, caller: Caller): Promise<SessionView> {
    const user = await this.users.findByEmail(email);
    const fits = await this.passwords.verify(user?.passwordHash, password);
    if (user === null || !fits || user.disabled) throw loginRefused();
    return this.units.run(async (tx) => {
      const session = await this.sessions.open(tx, user.id, caller);
      const actor = { kind: 'user', id: user.id, label: user.email } as const;
      await this.audit.record(tx, { actor, action: 'session.opened', target: session.sessionId });
      return this.answer(user, session);
    });
  }

  /** @throws AppError `refresh_refused` */
  async refresh(refreshToken: string, caller: Caller): Promise<SessionView> {
    const session = await this.sessions.refresh(refreshToken, caller);
    const user = await this.users.findById(session.userId);
    if (user === null || user.disabled) throw refreshRefused();
    return this.answer(user, session);
  }

  async logout(actor: Actor, input: Logout): Promise<void> {
    if (actor.kind !== 'user') throw credentialInvalid();
    await this.units.run(async (tx) => {
      await this.sessions.end(tx, actor.id, actor.sessionId, input?.refreshToken);
      await this.audit.record(tx, { actor, action: 'session.ended', target: actor.sessionId });
    });
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
