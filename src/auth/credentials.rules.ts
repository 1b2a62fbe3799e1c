import type { AuthRequest } from '../access/authenticator.js';
import { ambiguousCredentials, credentialInvalid } from './auth.errors.js';

/** The prefix of every API key. */
export const API_KEY_PREFIX = 'nxk_';

/** The one credential of a request. */
export interface PresentedCredential {
  kind: 'jwt' | 'api-key';
  value: string;
}

const BEARER = /^Bearer +([^\s]+) *$/i;
const SEVERAL_TOKENS = /, *Bearer +\S/i;

/**
 * Finds the one credential that a request presents. The same key in both headers counts once; any
 * other pair is refused before either is checked.
 *
 * @throws AppError `ambiguous_credentials`; `credential_invalid` for an authorization of another
 *   scheme
 */
export function presentedCredential({ headers }: AuthRequest): PresentedCredential | undefined {
  const authorization = headers.get('authorization');
  const apiKey = headers.get('x-api-key');
  const bearer = BEARER.exec(authorization ?? '')?.[1];
  if (isSeveral(authorization, apiKey)) throw ambiguousCredentials();
  if (authorization !== undefined && ![undefined, bearer].includes(apiKey)) {
    throw ambiguousCredentials();
  }
  if (apiKey !== undefined) return { kind: 'api-key', value: apiKey };
  if (authorization === undefined) return undefined;
  if (bearer === undefined) throw credentialInvalid();
  return { kind: bearer.startsWith(API_KEY_PREFIX) ? 'api-key' : 'jwt', value: bearer };
}

/** Whether a header came more than once, with different values. */
function isSeveral(authorization: string | undefined, apiKey: string | undefined): boolean {
  return SEVERAL_TOKENS.test(authorization ?? '') || apiKey?.includes(',') === true;
}
