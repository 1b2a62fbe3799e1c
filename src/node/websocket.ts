/**
 * `WS /v1/ws/agent/{n}?session_id=`: each message `{"query"}` is a run; its frames are `status`,
 * `token`, then `done` with the whole answer, or `error`. Messages of a socket run one after the
 * other. Chains are not followed here, as in an astromesh-node.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { AppError } from '../platform/errors/app-error.js';
import type { Doorman } from './bearer.js';
import { matchPath, splitUrl } from './http-server.js';
import { isObject, type JsonObject } from './json.js';
import type { NodeState } from './node.routes.js';
import { BODY_LIMIT_BYTES } from './request-body.js';
import type { RunService } from './run.service.js';
import { usageOf } from './usage.js';

const PATH = '/v1/ws/agent/:name';
/** Messages that wait behind the one that runs. */
const MOST_WAITING = 16;
const GOING_AWAY = 1001;

interface Conversation {
  agent: string;
  sessionId: string;
  /** Aborted when the socket closes. */
  signal: AbortSignal;
}

/** Conversations with agents over WebSockets (docs/reference-node.md). */
export class AgentSockets {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: BODY_LIMIT_BYTES,
    perMessageDeflate: false,
  });

  constructor(
    private readonly state: NodeState,
    private readonly runs: RunService,
    private readonly mayPass: Doorman,
  ) {}

  /** Takes over the upgrades of an HTTP server. */
  attach(http: Server): void {
    http.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const { path, query } = splitUrl(request.url ?? '/');
      const agent = matchPath(PATH, path);
      if (!this.mayPass(request.headers.authorization)) refuse(socket, '401 Unauthorized');
      else if (agent === undefined) refuse(socket, '403 Forbidden');
      else this.accept(request, socket, head, agent, query.get('session_id') ?? 'default');
    });
  }

  /** Says goodbye to every client, which also ends their runs. */
  close(): void {
    for (const client of this.server.clients) client.close(GOING_AWAY);
    this.server.close();
  }

  /** Cuts whoever did not answer the goodbye. */
  terminate(): void {
    for (const client of this.server.clients) client.terminate();
  }

  private accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    agent: string,
    sessionId: string,
  ): void {
    this.server.handleUpgrade(request, socket, head, (client) => {
      const controller = new AbortController();
      client.on('close', () => controller.abort(new Error('the client left')));
      client.on('error', () => client.terminate());
      this.converse(client, { agent, sessionId, signal: controller.signal });
    });
  }

  private converse(client: WebSocket, conversation: Conversation): void {
    let waiting = 0;
    let turn = Promise.resolve();
    client.on('message', (data: RawData) => {
      if (waiting >= MOST_WAITING) {
        send(client, { type: 'error', message: 'too many messages are waiting' });
        return;
      }
      waiting++;
      turn = turn
        .then(() => this.handle(client, textOf(data), conversation))
        .catch((error: unknown) => send(client, errorFrame(error)))
        .finally(() => waiting--);
    });
  }

  private async handle(client: WebSocket, text: string, conversation: Conversation): Promise<void> {
    const { agent, sessionId, signal } = conversation;
    if (signal.aborted) return;
    const query = readQuery(text);
    if (!this.state.ready) {
      throw new AppError('unavailable', 'runtime_not_initialized', 'Runtime not initialized');
    }
    send(client, { type: 'status', status: 'processing', agent });
    const built = this.state.ready.runtime.getBuilt(agent);
    const onToken = (content: string): void => send(client, { type: 'token', content });
    const request = { query, sessionId, context: {}, onToken, signal };
    const { answer, trace } = await this.runs.run(built, request);
    send(client, { type: 'done', answer, session_id: sessionId, usage: usageOf(trace) });
  }
}

function readQuery(text: string): string {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new AppError('invalid', 'message_invalid', 'invalid JSON');
  }
  const query = isObject(message) ? (message['query'] ?? '') : undefined;
  if (typeof query !== 'string') {
    throw new AppError('invalid', 'message_invalid', 'invalid JSON: a query text is missing');
  }
  return query;
}

function errorFrame(error: unknown): JsonObject {
  const known = error instanceof AppError ? error : undefined;
  const message = known?.message ?? 'Internal Server Error';
  return { type: 'error', ...known?.extra, error: known?.code ?? 'internal', message };
}

function send(client: WebSocket, frame: JsonObject): void {
  if (client.readyState === client.OPEN) client.send(JSON.stringify(frame), () => undefined);
}

function textOf(data: RawData): string {
  return Array.isArray(data)
    ? Buffer.concat(data).toString()
    : Buffer.from(data as Buffer).toString();
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
