import { AppError } from '../platform/errors/app-error.js';

/** The entity tag of a revision (RFC 9110, section 8.8.3). */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

const TAG = /^(W\/)?"([^"]*)"$/;
const BARE = /^\d{1,9}$/;

/**
 * The revisions that `If-Match` lets through (RFC 9110, section 13.1.1); undefined when it is
 * absent or `*`. A weak tag matches nothing, nor does a tag that is none of ours. A bare number is
 * taken for its tag.
 *
 * @throws AppError `invalid_request` for what is no list of tags
 */
export function revisionsOf(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch.split(',').flatMap((one) => revisionOf(one.trim()));
}

function revisionOf(tag: string): number[] {
  if (BARE.test(tag)) return [Number(tag)];
  const [whole, weak, value = ''] = TAG.exec(tag) ?? [];
  if (whole === undefined) {
    throw new AppError('invalid', 'invalid_request', 'If-Match must be the ETag of the agent.', {
      issues: [{ path: 'If-Match', message: 'must be an ETag such as "3", a list of them, or *' }],
    });
  }
  return weak === undefined && BARE.test(value) ? [Number(value)] : [];
}
