/**
 * Where the work on each of a server's tenants and agents is cut off: between two writes, as by a
 * kill of the process. What has met its fate stands still until the kill comes for all at once.
 */

/** A write to the API server, or through it to a node. */
export interface Write {
  method: string;
  /** With the query. */
  path: string;
  body: string;
}

/** Of one tenant or agent: the last write that is not made, or is made and not heard of. */
export interface Fate {
  when: 'before' | 'after';
  /** Counted from 1. */
  nth: number;
}

/** Fates by what they are of: the name of a tenant, or `tenant/agent`. */
export type Fates = Readonly<Record<string, Fate>>;

const NODE = /^\/api\/v1\/namespaces\/([^/]+)\/services\/[^/]+\/proxy\/v1\/agents(?:\/([^/]+))?/;
const AGENT = /\/namespaces\/([^/]+)\/nexusagents\/([^/]+)/;
const TENANT = /\/nexustenants\/([^/]+)/;
const INSIDE = /\/namespaces\/([^/]+)/;
const NEW_NAMESPACE = /^\/api\/v1\/namespaces$/;
/** Written by the side, whatever is worked on. */
const BESIDE = /\/(leases|events)(\/|$)/;

/** Which tenant (`name`) or agent (`tenant/name`) a write is about; undefined for none. */
export function subjectOf({ method, path, body }: Write): string | undefined {
  const [pathname = ''] = path.split('?');
  if (method === 'GET' || BESIDE.test(pathname)) return undefined;
  if (/\/proxy\//.test(pathname)) return subjectOnNode(pathname, body);
  const agent = AGENT.exec(pathname);
  if (agent !== null) return `${agent[1]}/${agent[2]}`;
  if (NEW_NAMESPACE.test(pathname)) return nameIn(body);
  return (TENANT.exec(pathname) ?? INSIDE.exec(pathname))?.[1];
}

function subjectOnNode(pathname: string, body: string): string | undefined {
  const node = NODE.exec(pathname);
  return node === null ? undefined : `${node[1]}/${node[2] ?? nameIn(body)}`;
}

function nameIn(body: string): string {
  return (JSON.parse(body) as { metadata: { name: string } }).metadata.name;
}

/** What becomes of a write. */
export type Verdict = 'goes' | 'is not made' | 'is not heard of';

/** Counts the writes of each subject, and says which is its last. */
export class FateBook {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly fates: Fates,
    /** Is told of each subject that has met its fate, once. */
    private readonly met: (subject: string, write: Write) => void,
  ) {}

  judge(write: Write): Verdict {
    const subject = this.doomed(subjectOf(write));
    if (subject === undefined) return 'goes';
    const { when, nth } = this.fates[subject] as Fate;
    const count = (this.counts.get(subject) ?? 0) + 1;
    this.counts.set(subject, count);
    if (count < nth) return 'goes';
    if (count > nth) return 'is not made';
    if (when === 'after') return 'is not heard of';
    this.met(subject, write);
    return 'is not made';
  }

  /** The answer to a write that is not heard of has come: it was made. */
  answered(write: Write): void {
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
