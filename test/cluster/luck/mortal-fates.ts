/**
 * Where the work on each of a server's tenants and agents is cut off: between two calls, as by a
 * kill of the process. What has met its fate stands still until the kill comes for all at once.
 */

/** A read or write of the API server, or through it of a node. */
export interface Call {
  method: string;
  /** With the query. */
  path: string;
  body: string;
}

/** Of one tenant or agent: the call that is not made, or the write that is not heard of. */
export interface Fate {
  when: 'before' | 'after' | 'reading';
  /** Counted from 1, of the writes or (`reading`) of the reads. */
  nth: number;
}

/** Fates by what they are of: the name of a tenant, or `tenant/agent`. */
export type Fates = Readonly<Record<string, Fate>>;

const NODE = /^\/api\/v1\/namespaces\/([^/]+)\/services\/[^/]+\/proxy\/v1\/agents(?:\/([^/]+))?/;
const AGENT = /\/namespaces\/([^/]+)\/nexusagents\/([^/]+)/;
const TENANT = /\/nexustenants\/([^/]+)/;
const NAMED = /\/namespaces\/([^/]+)\/(nexus\w+)\?.*fieldSelector=metadata\.name(?:=|%3D)([^&]+)/;
const NAMESPACE = /^\/api\/v1\/namespaces\/([^/]+)$/;
const INSIDE = /\/namespaces\/([^/]+)/;
const NEW_NAMESPACE = /^\/api\/v1\/namespaces$/;
const PROXY = /\/proxy\//;
/** Written by the side, whatever is worked on. */
const BESIDE = /\/(leases|events)(\/|$)/;

/**
 * Which tenant (`name`) or agent (`tenant/name`) a call is about; undefined for none, as for lists
 * and watches of all.
 */
export function subjectOf({ method, path, body }: Call): string | undefined {
  const [pathname = ''] = path.split('?');
  if (method === 'GET') return subjectRead(pathname, path);
  if (BESIDE.test(pathname)) return undefined;
  if (PROXY.test(pathname)) return subjectOnNode(pathname, body);
  const agent = AGENT.exec(pathname);
  if (agent !== null) return `${agent[1]}/${agent[2]}`;
  if (NEW_NAMESPACE.test(pathname)) return nameIn(body);
  return (TENANT.exec(pathname) ?? INSIDE.exec(pathname))?.[1];
}

function subjectRead(pathname: string, path: string): string | undefined {
  if (PROXY.test(pathname)) {
    const [, tenant, agent] = NODE.exec(pathname) ?? INSIDE.exec(pathname) ?? [];
    return agent === undefined ? tenant : `${tenant}/${agent}`;
  }
  const [, namespace, kind, name] = NAMED.exec(path) ?? [];
  if (name !== undefined) return kind === 'nexustenants' ? name : `${namespace}/${name}`;
  return NAMESPACE.exec(pathname)?.[1];
}

function subjectOnNode(pathname: string, body: string): string | undefined {
  const node = NODE.exec(pathname);
  return node === null ? undefined : `${node[1]}/${node[2] ?? nameIn(body)}`;
}

function nameIn(body: string): string {
  return (JSON.parse(body) as { metadata: { name: string } }).metadata.name;
}

/** What becomes of a call. */
export type Verdict = 'goes' | 'is not made' | 'is not heard of';

/** Counts the calls of each subject, and says which is its last. */
export class FateBook {
  private readonly counts = new Map<string, number>();
  /** Nothing more is made of these. */
  private readonly over = new Set<string>();

  constructor(
    private readonly fates: Fates,
    /** Is told of each subject that has met its fate, once. */
    private readonly met: (subject: string, call: Call) => void,
  ) {}

  judge(call: Call): Verdict {
    const subject = this.doomed(subjectOf(call));
    if (subject === undefined) return 'goes';
    if (this.over.has(subject)) return 'is not made';
    const { when, nth } = this.fates[subject] as Fate;
    if ((call.method === 'GET') !== (when === 'reading')) return 'goes';
    const count = (this.counts.get(subject) ?? 0) + 1;
    this.counts.set(subject, count);
    if (count < nth) return 'goes';
    this.over.add(subject);
    if (when === 'after') return 'is not heard of';
    this.met(subject, call);
    return 'is not made';
  }

  /** The answer to a write that is not heard of has come: it was made. */
  answered(write: Call): void {
    const subject = this.doomed(subjectOf(write));
    if (subject !== undefined) this.met(subject, write);
  }

  /** Agents share the fate of their tenant, unless they have one of their own. */
  private doomed(subject: string | undefined): string | undefined {
    if (subject === undefined) return undefined;
    const [tenant = ''] = subject.split('/');
    return [subject, tenant].find((name) => name in this.fates);
  }
}
