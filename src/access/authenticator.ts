import type { Actor } from './actor.js';

/** What a verifier may look at; not a framework's request. */
export interface AuthRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly host: string;
  /** By names in lower case. */
  readonly headers: Pick<ReadonlyMap<string, string>, 'get'>;
  readonly address: string;
}

/** Says who is asking. */
export abstract class Authenticator {
  /**
   * @returns the actor of the one credential that was presented; undefined when there is none. What
   *   is known already is returned at once
   * @throws AppError `unauthenticated` for a credential that is not valid, `invalid`
   *   (`ambiguous_credentials`) for two different ones
   */
  abstract authenticate(request: AuthRequest): Actor | undefined | Promise<Actor | undefined>;
}
