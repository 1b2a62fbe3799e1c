/** What happens to a refusal. */
export type Treatment = 'record' | 'count-by-address' | 'ignore';

interface RefusalFacts {
  actor?: object | undefined;
  method: string;
  status: number;
  code: string;
}

/** Not good enough, not let in, and not again so soon. */
const OF_THE_UNKNOWN = new Set([401, 403, 429]);
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Which refusals are of interest: that somebody known may not do something, or not so often, and
 * that a change was not made; not a mistake in the input. A foreign tenant answers 404, so that is
 * a refusal, too.
 */
export function treatmentOf({ actor, method, status, code }: RefusalFacts): Treatment {
  if (actor === undefined) return OF_THE_UNKNOWN.has(status) ? 'count-by-address' : 'ignore';
  if (status === 403 || status === 429) return 'record';
  if (status === 404 && code === 'tenant_not_found') return 'record';
  const conflict = status === 409 || status === 412;
  return conflict && !READING.has(method) ? 'record' : 'ignore';
}
