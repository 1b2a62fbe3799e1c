import type { IncomingMessage } from 'node:http';
import type { ClusterConnection, ConnectionUse } from './cluster-connection.js';
import { type Method, openExchange, readText, StaleConnection } from './http-exchange.js';
import { errorOfAnswer, isUnauthorized, KubernetesError } from './kubernetes.errors.js';
import { Reachability } from './reachability.js';
import { RequestObserver } from './request-observer.js';

/** One request to the API server. */
export interface ClusterRequest {
  method: Method;
  /** With the query. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Milliseconds for the whole exchange; for a stream, until its head is there. */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Whether doing it twice does no harm, so that a stale connection may be tried over. */
  repeatable?: boolean;
}

export interface RequestOptions {
  /** Milliseconds for a request that names none. */
  deadlineMs?: number;
  observer?: RequestObserver;
  /** What the server's audit log calls us. */
  userAgent?: string;
}

const DEFAULT_DEADLINE_MS = 30_000;

/**
 * Requests to one cluster: credentials, errors as `KubernetesError`, and a count of the answers.
 * Refused credentials are renewed once; a stale connection is tried over once.
 */
export class ClusterRequests {
  /** What the requests tell of the API server. */
  readonly reach = new Reachability();
  private readonly deadlineMs: number;
  private readonly observer: RequestObserver;
  private readonly userAgent: string;

  constructor(
    readonly connection: ClusterConnection,
    {
      deadlineMs = DEFAULT_DEADLINE_MS,
      observer = new RequestObserver(),
      userAgent = 'nexus',
    }: RequestOptions = {},
  ) {
    this.deadlineMs = deadlineMs;
    this.observer = observer;
    this.userAgent = userAgent;
  }

  /**
   * Sends and reads the whole answer.
   *
   * @returns the body as text
   * @throws KubernetesError for every other status than 2xx, and when no answer comes
   */
  async text(request: ClusterRequest): Promise<string> {
    const until = performance.now() + (request.deadlineMs ?? this.deadlineMs);
    const response = await this.open('requests', request);
    return readText(response, until - performance.now(), request.signal);
  }

  /** As `text`, for JSON. */
  async json<T>(request: ClusterRequest): Promise<T> {
    const text = await this.text(request);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw KubernetesError.fault('Nonsense', 'the API server answered no JSON', error);
    }
  }

  /** The answer as it comes; whoever asked reads it to its end or destroys it. */
  stream(request: ClusterRequest): Promise<IncomingMessage> {
    return this.open('watches', request);
  }

  private async open(use: ConnectionUse, request: ClusterRequest): Promise<IncomingMessage> {
    const { sentMs } = this.reach;
    try {
      const response = await this.openTwice(use, request);
      this.reach.answered();
      return response;
    } catch (error) {
      if (isAnswer(error)) this.reach.answered();
      else if (request.signal?.aborted !== true) this.reach.failed(error, sentMs);
      throw error;
    }
  }

  private async openTwice(use: ConnectionUse, request: ClusterRequest): Promise<IncomingMessage> {
    try {
      return await this.openOnce(use, request);
    } catch (error) {
      if (isUnauthorized(error)) this.connection.refresh();
      else if (!(error instanceof StaleConnection) || request.repeatable !== true) throw error;
      return await this.openOnce(use, request);
    }
  }

  private async openOnce(use: ConnectionUse, request: ClusterRequest): Promise<IncomingMessage> {
    const { method, path, body, deadlineMs = this.deadlineMs, signal } = request;
    const { server } = this.connection;
    const security = await this.connection.security(use);
    let code = '<error>';
    try {
      const response = await openExchange({
        method,
        url: new URL(server.pathname.replace(/\/$/, '') + path, server),
        headers: { ...this.headersOf(request), ...security.headers },
        agent: security.agent,
        body: body === undefined ? undefined : JSON.stringify(body),
        deadlineMs,
        signal,
      });
      const status = response.statusCode ?? 0;
      code = String(status);
      if (status >= 200 && status < 300) return response;
      const text = await readText(response, deadlineMs, signal);
      throw errorOfAnswer(status, text, response.headers['retry-after']);
    } finally {
      this.observer.answered(code, method, server.host);
    }
  }

  private headersOf({ body, contentType, accept }: ClusterRequest): Record<string, string> {
    return {
      accept: accept ?? 'application/json',
      'user-agent': this.userAgent,
      ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
    };
  }
}

/** Whether the API server knew us and refused, rather than not answering. */
function isAnswer(error: unknown): boolean {
  return error instanceof KubernetesError && error.status !== 0 && !isUnauthorized(error);
}
