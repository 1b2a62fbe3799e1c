import { Injectable } from '@nestjs/common';
import { type Actor, isPlatformAdmin } from '../access/actor.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { AuthConfig } from '../config/auth.config.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { type User, UsersService } from '../users/users.service.js';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens.js';
import {
  credentialInvalid,
  loginRefused,
  refreshRefused,
  registrationClosed,
} from './auth.errors.js';
import type { Identity, Login, Logout, Register, SessionView } from './auth.schemas.js';
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
    private readonly tenants: TenantsService,
    private readonly audit: AuditTrail,
    private readonly units: UnitOfWork,
    private readonly config: AuthConfig,
  ) {}

  /** @throws AppError `registration_closed`, `email_taken` */
  async register({ email, password, displayName }: Register): Promise<SessionView> {
    if (this.config.registration !== 'open') throw registrationClosed();
    const passwordHash = await this.passwords.hash(password);
    return this.units.run(async (tx) => {
      const user = await this.users.create(tx, {
        email,
        passwordHash,
        displayName: displayName ?? email.split('@')[0] ?? email,
        role: 'user',
      });
      return this.answer(user, await this.sessions.open(tx, user.id));
    });
  }

  /** @throws AppError `login_refused`, the same in word and time whatever was wrong */
  async login({ email, password }: Login): Promise<SessionView> {
    const user = await this.users.findByEmail(email);
    const fits = await this.passwords.verify(user?.passwordHash, password);
    if (user === null || !fits || user.disabled) throw loginRefused();
    return this.units.run(async (tx) => {
      const session = await this.sessions.open(tx, user.id);
      const actor = { kind: 'user', id: user.id, label: user.email } as const;
      await this.audit.record(tx, { actor, action: 'session.opened', target: session.sessionId });
      return this.answer(user, session);
    });
  }

  /** @throws AppError `refresh_refused` */
  async refresh(refreshToken: string): Promise<SessionView> {
    const session = await this.sessions.refresh(refreshToken);
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

  /** Who the actor is, and where they may go. */
  async identify(actor: Actor): Promise<Identity> {
    if (actor.kind === 'key') {
      return {
        keyLabel: actor.label,
        tenantId: actor.tenantId,
        scope: actor.tenantId === null ? 'admin' : 'tenant',
        permissions: [...actor.permissions],
      };
    }
    const user = await this.users.findById(actor.id);
    if (user === null) throw credentialInvalid();
    const tenants = await this.tenants.membershipsOf(actor.id);
    const [only] = tenants;
    return {
      id: user.id,
      email: user.email,
      displayName: user.displayName,
      role: isPlatformAdmin(actor) ? 'admin' : 'user',
      tenants,
      ...(tenants.length === 1 && only !== undefined ? { tenantId: only.id } : {}),
    };
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
