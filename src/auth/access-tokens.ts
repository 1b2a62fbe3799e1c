import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { Secrets } from '../config/secrets.js';
import { Clock } from '../platform/clock/clock.js';

export const TOKEN_ISSUER = 'nexus';
export const TOKEN_AUDIENCE = 'nexus-api';
export const TOKEN_ALGORITHM = 'HS256';

/** Lifetime of an access token. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** What an access token has to say beyond what its verification asks for. */
export const accessTokenClaims = z.object({
  sub: z.string().regex(/^usr_\w+$/),
  sid: z.string().regex(/^ses_\w+$/),
  exp: z.int(),
});

/** Whose token it is, and of which session. */
export type AccessTokenClaims = Pick<z.output<typeof accessTokenClaims>, 'sub' | 'sid'>;

/** Signs access tokens, and finds the secret of a presented one by its `kid`. */
@Injectable()
export class AccessTokens {
  private readonly currentKid: string;
  private readonly byKid = new Map<string, string>();

  constructor(
    private readonly secrets: Secrets,
    private readonly clock: Clock,
  ) {
    this.currentKid = kidOf(secrets.jwtSecret);
    this.byKid.set(this.currentKid, secrets.jwtSecret);
    if (secrets.jwtSecretPrevious !== undefined) {
      this.byKid.set(kidOf(secrets.jwtSecretPrevious), secrets.jwtSecretPrevious);
    }
  }

  sign({ sub, sid }: AccessTokenClaims): string {
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    const claims = { iat, exp: iat + ACCESS_TOKEN_SECONDS, sid };
    return jwt.sign(claims, this.secrets.jwtSecret, {
      algorithm: TOKEN_ALGORITHM,
      keyid: this.currentKid,
      subject: sub,
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
    });
  }

  /** The secret that a token claims to be signed with; undefined for one that is not ours. */
  secretOf(token: string): string | undefined {
    const kid = decode(token)?.header.kid;
    return kid === undefined ? undefined : this.byKid.get(kid);
  }
}

/** The parts of a token, unproven; undefined for text that the library would stumble over. */
function decode(token: string): jwt.Jwt | undefined {
  try {
    const decoded = jwt.decode(token, { complete: true });
    return typeof decoded?.payload === 'object' && decoded.payload !== null ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** Names a secret without telling it. */
function kidOf(secret: string): string {
  return createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16);
}
