import { Injectable } from '@nestjs/common';
import passport from 'passport';
import type { Actor } from '../access/actor.js';
import { Authenticator, type AuthRequest } from '../access/authenticator.js';
import { API_KEY_HEADER, API_KEY_STRATEGY } from './api-key.strategy.js';
import { credentialInvalid } from './auth.errors.js';
import { type PresentedCredential, presentedCredential } from './credentials.rules.js';
import { JWT_STRATEGY } from './jwt.strategy.js';
import { type VerifiedActor, VerifiedCredentials } from './verified-credentials.js';

type Outcome = (error: unknown, verified?: VerifiedActor | false | null) => void;

/**
 * Proves the one credential of a request: by what is known of it, else with the passport strategy of
 * its kind.
 */
@Injectable()
export class PassportAuthenticator extends Authenticator {
  constructor(private readonly verified: VerifiedCredentials) {
    super();
  }

  override authenticate(request: AuthRequest): Actor | undefined | Promise<Actor> {
    const credential = presentedCredential(request);
    if (credential === undefined) return undefined;
    const known = this.verified.actorOf(credential, () => prove(credential));
    return known instanceof Promise ? known.then(orInvalid) : known;
  }
}

function orInvalid(actor: Actor | undefined): Actor {
  if (actor === undefined) throw credentialInvalid();
  return actor;
}

/** Runs a strategy on a request that holds the credential and nothing else. */
function prove({ kind, value }: PresentedCredential): Promise<VerifiedActor | undefined> {
  const strategy = kind === 'jwt' ? JWT_STRATEGY : API_KEY_STRATEGY;
  const headers =
    kind === 'jwt' ? { authorization: `Bearer ${value}` } : { [API_KEY_HEADER]: value };
  return new Promise((resolve, reject) => {
    const outcome: Outcome = (error, verified) => {
      if (error !== null && error !== undefined) reject(error);
      else resolve(verified === false || verified === null ? undefined : verified);
    };
    const run = passport.authenticate(strategy, { session: false }, outcome) as (
      request: object,
      response: object,
      next: (error: unknown) => void,
    ) => void;
    run({ headers, query: {} }, {}, reject);
  });
}
