import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { UsersService } from '../users/users.service.js';
import {
  accessTokenClaims,
  AccessTokens,
  TOKEN_ALGORITHM,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
} from './access-tokens.js';
import { SessionsService } from './sessions.service.js';
import type { VerifiedActor } from './verified-credentials.js';

export const JWT_STRATEGY = 'jwt';

/** A session's access token. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, JWT_STRATEGY) {
  constructor(
    tokens: AccessTokens,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      algorithms: [TOKEN_ALGORITHM],
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
      secretOrKeyProvider: (_request, token: string, done) => {
        const secret = tokens.secretOf(token);
        if (secret === undefined) done(new Error('unknown kid'));
        else done(null, secret);
      },
    });
  }

  /** The signature holds; the session and the account must do so, too. */
  async validate(claims: unknown): Promise<VerifiedActor | false> {
    const { success, data } = accessTokenClaims.safeParse(claims);
    if (!success) return false;
    const { sub, sid, exp } = data;
    const session = await this.sessions.findLive(sid, sub);
    if (session === undefined) return false;
    const user = await this.users.findById(sub);
    if (user === null || user.disabled) return false;
    const { id, email: label, role } = user;
    const actor = { kind: 'user', id, label, sessionId: sid, admin: role === 'admin' } as const;
    return { actor, expiresAtMs: Math.min(exp * 1000, Date.parse(session.expiresAt)) };
  }
}
