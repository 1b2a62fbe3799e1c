import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ClusterConnection,
  type RequestSecurity,
} from '../../src/platform/kubernetes/cluster-connection.js';
import type { ListMeta } from '../../src/platform/kubernetes/kubernetes-object.js';

// A real HTTP server that speaks as much of the Kubernetes API as a test tells it: for what a real
// API server does not do on demand, such as breaking off in the middle of a frame.

export interface SeenRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface ScriptedAnswer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Cuts the connection instead of answering. */
  reset?: boolean;
  /** Never answers. */
  hang?: boolean;
}

/** One watch, from the server's side. */
export class OpenWatch {
  isClosed = false;

  constructor(
    readonly path: string,
    readonly query: URLSearchParams,
    private readonly response: ServerResponse,
  ) {
    response.once('close', () => (this.isClosed = true));
  }

  send(type: string, object: unknown): void {
    this.sendText(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string): void {
    this.send('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion } });
  }

  sendText(text: string): void {
    this.response.write(text);
  }

  end(): void {
    this.response.end();
  }

  reset(): void {
    this.response.socket?.resetAndDestroy();
  }
}

export class ScriptedApiServer {
  readonly requests: SeenRequest[] = [];
  readonly watches: OpenWatch[] = [];
  /** What is answered to whatever is no watch. */
  answer: (request: SeenRequest) => ScriptedAnswer = () => ({ status: 404 });
  /** What is answered to a watch; undefined opens it. */
  refuseWatch: (request: SeenRequest) => ScriptedAnswer | undefined = () => undefined;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.serve(request, response));
  }

  static async start(): Promise<ScriptedApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new ScriptedApiServer(server);
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}`);
  }

  get lists(): SeenRequest[] {
    return this.requests.filter(({ method, query }) => method === 'GET' && !query.has('watch'));
  }

  get lastWatch(): OpenWatch {
    const last = this.watches.at(-1);
    if (last === undefined) throw new Error('no watch was opened');
    return last;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.requests.push(seen);
    const isWatch = searchParams.has('watch');
    const answer = isWatch ? this.refuseWatch(seen) : this.answer(seen);
    if (answer === undefined) this.open(seen, response);
    else give(answer, response);
  }

  private open({ path, query }: SeenRequest, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.watches.push(new OpenWatch(path, query, response));
  }
}

function give(
  { status = 200, body = {}, headers, reset, hang }: ScriptedAnswer,
  response: ServerResponse,
): void {
  if (hang) return;
  if (reset) {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The answer of a list. */
export function listOf(items: unknown[], metadata: ListMeta): ScriptedAnswer {
  return { body: { kind: 'List', apiVersion: 'v1', metadata, items } };
}

/** The answer of a failure. */
export function failure(code: number, reason: string, message = reason): ScriptedAnswer {
  return { status: code, body: statusBody(code, reason, message) };
}

export function statusBody(code: number, reason: string, message = reason) {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
}

/** The way to a server that asks for no credentials. */
export class PlainConnection extends ClusterConnection {
  readonly namespace = undefined;
  refreshed = 0;
  private readonly agent = new http.Agent({ keepAlive: true });

  constructor(
    readonly server: URL,
    private readonly headers: () => Record<string, string> = () => ({}),
  ) {
    super();
  }

  async security(): Promise<RequestSecurity> {
    return { headers: this.headers(), agent: this.agent };
  }

  refresh(): void {
    this.refreshed++;
  }

  close(): void {
    this.agent.destroy();
  }
}
