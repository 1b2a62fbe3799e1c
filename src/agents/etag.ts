import { AppError } from '../platform/errors/app-error.js';

/** The entity tag of a revision (RFC 9110, section 8.8.3). */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * The revision that `If-Match` names; undefined when it is absent or `*`.
 *
 * @throws AppError `invalid_request` for anything that is not one strong tag of ours
 */
export function revisionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const match = /^\s*"?(\d{1,9})"?\s*$/.exec(ifMatch);
  if (match === null) {
    throw new AppError('invalid', 'invalid_request', 'If-Match must be the ETag of the agent.', {
      issues: [{ path: 'If-Match', message: 'must be an ETag such as "3"' }],
    });
  }
  return Number(match[1]);
}
