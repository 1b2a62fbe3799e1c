/** What an API server was asked, by its own account (`audit.k8s.io/v1`). */
import { createReadStream } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { until } from '../support/until.js';
import type { ApiClient } from './api-client.js';

const WRITING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const MARK = '/version?moment=';

/** One request that was answered. */
export interface AuditEntry {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  verb: string;
  /** For a ServiceAccount `system:serviceaccount:NAMESPACE:NAME`. */
  user: string;
  userAgent: string;
  uri: string;
  /** Of the answer; 0 for a watch that has only begun. */
  code: number;
  /** When it came in, ISO-8601. */
  at: string;
  /** What it was about; undefined for paths that are no resources. */
  object: AuditObject | undefined;
}

export interface AuditObject {
  /** Empty for the core group. */
  group: string;
  /** With the subresource, for example `nexustenants/status`. */
  resource: string;
  namespace: string;
  /** Empty for lists and creations. */
  name: string;
}

/** A place in the log: everything before it was answered before it was made. */
export type Moment = number;

interface RawEvent {
  stage: string;
  verb: string;
  requestURI: string;
  requestReceivedTimestamp: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: Partial<
    Record<'apiGroup' | 'resource' | 'subresource' | 'namespace' | 'name', string>
  >;
  responseStatus?: { code?: number };
}

export interface WriteQuery {
  since: Moment;
  until: Moment;
  /** The name of a user, or what it begins with; everybody when left out. */
  user?: string;
}

/** Reads the audit log of a running API server. */
export class AuditLog {
  /** Where the last mark was found: the next one comes after it. */
  private searchedTo: Moment = 0;

  constructor(
    private readonly file: string,
    private readonly admin: ApiClient,
  ) {}

  /** The moment that is now. Costs one request, which shows in the log as a `get` of `/version`. */
  async moment(): Promise<Moment> {
    const mark = `${MARK}${randomUUID()}`;
    await this.admin.send('GET', mark);
    return until('the audit log is written', () => this.find(mark), 5_000);
  }

  /** Every request that was answered between two moments, in the order of the answers. */
  async between(since: Moment, end: Moment): Promise<AuditEntry[]> {
    const entries: AuditEntry[] = [];
    for await (const { line } of this.lines(since, end)) {
      const entry = parse(line);
      if (entry !== undefined) entries.push(entry);
    }
    return entries.filter(({ uri }) => !uri.startsWith(MARK));
  }

  /**
   * The changes that a user asked for between two moments, whatever the answer was. Renewals of
   * Leases do not count.
   */
  async writes({ since, until: end, user }: WriteQuery): Promise<AuditEntry[]> {
    const entries = await this.between(since, end);
    return entries.filter(
      (entry) =>
        WRITING.has(entry.verb) &&
        entry.object?.resource !== 'leases' &&
        (user === undefined || entry.user.startsWith(user)),
    );
  }

  private async find(mark: string): Promise<Moment | undefined> {
    for await (const { line, end } of this.lines(this.searchedTo)) {
      if (!line.includes(mark)) continue;
      this.searchedTo = end;
      return end;
    }
    return undefined;
  }

  /** Whole lines of a part of the file, and where each ends. */
  private async *lines(start: number, end?: number): AsyncGenerator<{ line: string; end: number }> {
    if (end !== undefined && end <= start) return;
    const input = createReadStream(this.file, {
      start,
      ...(end !== undefined && { end: end - 1 }),
    });
    let at = start;
    for await (const line of createInterface({ input })) {
      at += Buffer.byteLength(line) + 1;
      yield { line, end: at };
    }
  }
}

/** A line of the log in our words; undefined for one that is still being written. */
function parse(line: string): AuditEntry | undefined {
  if (!line.endsWith('}')) return undefined;
  const event = JSON.parse(line) as RawEvent;
  const { objectRef } = event;
  return {
    verb: event.verb,
    user: event.user.username,
    userAgent: event.userAgent ?? '',
    uri: event.requestURI,
    code: event.stage === 'ResponseComplete' ? (event.responseStatus?.code ?? 0) : 0,
    at: event.requestReceivedTimestamp,
    object: objectRef && objectOf(objectRef),
  };
}

function objectOf(reference: NonNullable<RawEvent['objectRef']>): AuditObject {
  const { apiGroup = '', resource = '', subresource, namespace = '', name = '' } = reference;
  return {
    group: apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
  };
}
