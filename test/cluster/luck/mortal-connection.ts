/** A connection to a cluster over which the calls that are fated are not made, or not heard of. */
import type http from 'node:http';
import type {
  ClusterConnection,
  ConnectionUse,
  RequestSecurity,
} from '../../../src/platform/kubernetes/cluster-connection.js';
import { type FateBook, subjectOf, type Call } from './mortal-fates.js';

/** How an agent of `node:http` is handed a request. */
interface Adding {
  addRequest(request: http.ClientRequest, options: object): void;
}

/** The connection of a process that stands still where its fates say. */
export class MortalConnection implements ClusterConnection {
  private readonly watched = new WeakSet<object>();
  private areKnown = false;

  constructor(
    private readonly inner: ClusterConnection,
    /** Calls that may be fated wait until these are known. */
    private readonly fates: Promise<FateBook>,
  ) {
    void fates.then(() => (this.areKnown = true));
  }

  get server(): URL {
    return this.inner.server;
  }

  get namespace(): string | undefined {
    return this.inner.namespace;
  }

  async security(use: ConnectionUse): Promise<RequestSecurity> {
    const security = await this.inner.security(use);
    this.watch(security.agent as unknown as Adding);
    return security;
  }

  refresh(): void {
    this.inner.refresh();
  }

  close(): void {
    this.inner.close();
  }

  private watch(agent: Adding): void {
    if (this.watched.has(agent)) return;
    this.watched.add(agent);
    const add = agent.addRequest.bind(agent);
    agent.addRequest = (request, options) => {
      // What it is about may be in its body, which comes with its end.
      const end = request.end.bind(request) as (body?: unknown) => http.ClientRequest;
      request.end = ((body?: unknown) => {
        const { method, path } = request;
        const call = { method, path, body: typeof body === 'string' ? body : '' };
        const send = (): void => add(request, options);
        if (this.isFree(call)) send();
        else void this.fates.then((book) => this.pass(book, call, request, send));
        return end(body);
      }) as typeof request.end;
    };
  }

  /** A tenant that is there already must not seem to be away, so reads of tenants never wait. */
  private isFree(call: Call): boolean {
    const subject = subjectOf(call);
    const isOfTenant = subject?.includes('/') === false;
    return subject === undefined || (call.method === 'GET' && isOfTenant && !this.areKnown);
  }

  private pass(book: FateBook, call: Call, request: http.ClientRequest, send: () => void): void {
    // It was given up while it waited.
    if (request.destroyed) return;
    const verdict = book.judge(call);
    if (verdict === 'is not made') return;
    if (verdict === 'is not heard of') this.silence(book, call, request);
    send();
  }

  /** Takes the answer away from whoever waits for it. */
  private silence(book: FateBook, call: Call, request: http.ClientRequest): void {
    const emit = request.emit.bind(request);
    request.emit = ((event: string, ...values: unknown[]) => {
      if (event !== 'response') return emit(event, ...values);
      (values[0] as http.IncomingMessage).resume();
      book.answered(call);
      return true;
    }) as typeof request.emit;
  }
}
