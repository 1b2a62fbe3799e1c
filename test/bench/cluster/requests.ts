/** What a server asked of an API server, counted by its audit log. */
import type { AuditEntry } from '../../cluster/audit-log.js';

const TENANT_STATUS = 'nexustenants/status';
const WRITING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Numbers of requests. */
export interface Requests {
  /** Changes of anything but Leases, Events included, refused ones as well. */
  writes: number;
  /** Those among them of the statuses of tenants. */
  tenantStatuses: number;
  /** Reads, lists and watches that began. */
  reads: number;
  /** Calls that the API server passed on to a node. */
  passedOn: number;
  /** The changes by verb and resource and the calls by verb and path, for people. */
  kinds: Map<string, number>;
}

/** Of a call that is passed on: what comes before the path on the node. */
const BEFORE_PATH = /^.*\/services\/[^/]+\/proxy/;
/** The name of an agent, and what is asked of it. */
const AGENT_NAME = /\/agents\/[^/?]+/;

/** Counts them; renewals of Leases are not among them. */
export function counted(entries: readonly AuditEntry[]): Requests {
  const requests: Requests = {
    writes: 0,
    tenantStatuses: 0,
    reads: 0,
    passedOn: 0,
    kinds: new Map(),
  };
  for (const { verb, object, code, uri } of entries) {
    const resource = object?.resource ?? '';
    // What may last is told when it begins as well, without a code; a watch counts from then on.
    if (resource === 'leases' || (code === 0) !== (verb === 'watch')) continue;
    const refused = code >= 300 ? ` (${code})` : '';
    if (resource.endsWith('/proxy')) {
      requests.passedOn++;
      note(requests, `${verb} node${pathOnNode(uri)}${refused}`);
    } else if (WRITING.has(verb)) {
      requests.writes++;
      if (resource === TENANT_STATUS) requests.tenantStatuses++;
      note(requests, `${verb} ${resource}${refused}`);
    } else requests.reads++;
  }
  return requests;
}

function note({ kinds }: Requests, kind: string): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
}

function pathOnNode(uri: string): string {
  return uri.replace(BEFORE_PATH, '').replace(/\?.*/, '').replace(AGENT_NAME, '/agents/*');
}

/** Its kinds, the most frequent first, on one line. */
export function kindsOf({ kinds }: Requests): string {
  return [...kinds]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
