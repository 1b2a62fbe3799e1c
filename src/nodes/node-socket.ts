import type { IncomingMessage } from 'node:http';
import { type RawData, WebSocket } from 'ws';
import { answerPings } from '../platform/http/pings.js';
import { isJsonObject } from '../platform/json/json-object.js';
import { isValueDeeper } from '../platform/json/nesting.js';
import type { NodeWay } from './node-access.js';
import { kindOfStatus, NodeError, reasonOf } from './node.errors.js';
import type { NodeFrame } from './node.schemas.js';

// One conversation with a node over its WebSocket, bounded in time and memory. Frames are read
// only as fast as they are taken: the socket is paused while enough of them wait.

const CONNECT_MS = 5_000;
const MOST_FRAME_BYTES = 8 * 1024 * 1024;
/** Frames that may wait before the socket is paused, and when it goes on. */
const MOST_WAITING = 64;
const FEW_WAITING = 16;
/** The same for their size. */
const MOST_WAITING_BYTES = 256 * 1024;
const FEW_WAITING_BYTES = 64 * 1024;
/** As deep as a frame may nest to be passed on. */
const MOST_DEPTH = 128;
/** A node that is there answers a ping; one that is silent for so long is not. */
const PING_EVERY_MS = 15_000;
const SILENT_PINGS = 3;
const LONGEST_REFUSAL = 64 * 1024;

export interface SocketRequest {
  /** `ws://…`, or `wss://…` */
  url: string;
  token?: string | undefined;
  via?: NodeWay | undefined;
  /** Milliseconds for the whole conversation, connecting included. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

/** An open conversation; `frames` may be iterated once. */
export interface NodeConversation {
  send(message: unknown): void;
  /**
   * The node's messages as they come. Leaving the loop closes the socket, which ends what runs.
   *
   * @throws NodeError `timeout`, `nonsense`, `unreachable`; the signal's reason when it aborts
   */
  frames(): AsyncGenerator<NodeFrame>;
  close(): void;
}

/**
 * Opens a WebSocket to a node.
 *
 * @throws NodeError as an HTTP call to it would; the signal's reason when it aborts
 */
export async function openSocket(request: SocketRequest): Promise<NodeConversation> {
  const { url, token, via, deadlineMs, signal } = request;
  signal?.throwIfAborted();
  const socket = new WebSocket(url, {
    handshakeTimeout: Math.min(CONNECT_MS, deadlineMs),
    maxPayload: MOST_FRAME_BYTES,
    perMessageDeflate: false,
    autoPong: false,
    followRedirects: false,
    ...(via === undefined ? {} : { agent: via.agent }),
    headers: {
      ...via?.headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  const inbox = new Inbox(socket, deadlineMs, signal);
  try {
    await inbox.opened;
    return inbox;
  } catch (error) {
    inbox.close();
    throw error;
  }
}

/** What has arrived and was not taken yet, and how it ended. */
class Inbox implements NodeConversation {
  readonly opened: Promise<void>;
  private readonly waiting: { frame: NodeFrame; bytes: number }[] = [];
  private waitingBytes = 0;
  private failure: { error: unknown } | undefined;
  private arrived: () => void = () => undefined;
  private unanswered = 0;
  private readonly deadline: NodeJS.Timeout;
  private readonly pings: NodeJS.Timeout;
  private readonly abort: () => void;

  constructor(
    private readonly socket: WebSocket,
    deadlineMs: number,
    private readonly signal: AbortSignal | undefined,
  ) {
    this.opened = new Promise((resolve, reject) => {
      socket.once('open', resolve);
      this.arrived = () => reject(this.failure?.error);
    });
    this.deadline = setTimeout(
      () => this.fail(new NodeError('timeout', `no end within ${deadlineMs} ms`)),
      deadlineMs,
    );
    this.pings = setInterval(() => this.ping(), PING_EVERY_MS);
    this.abort = () => this.fail(signal?.reason);
    signal?.addEventListener('abort', this.abort, { once: true });
    socket.on('message', (data, isBinary) => this.take(data, isBinary));
    socket.on('pong', () => (this.unanswered = 0));
    answerPings(socket);
    socket.on('error', (error) => this.fail(socketError(error)));
    socket.on('close', (code) => this.fail(broken(code)));
    socket.on('unexpected-response', (_request, response) => {
      void refusalOf(response).then((error) => this.fail(error));
    });
  }

  send(message: unknown): void {
    this.socket.send(JSON.stringify(message), () => undefined);
  }

  async *frames(): AsyncGenerator<NodeFrame> {
    try {
      for (;;) yield await this.next();
    } finally {
      this.close();
    }
  }

  /** What has arrived is handed out before the failure that ended it. */
  private async next(): Promise<NodeFrame> {
    for (;;) {
      const next = this.waiting.shift();
      this.waitingBytes -= next?.bytes ?? 0;
      if (this.socket.isPaused && this.isLow()) this.socket.resume();
      if (next !== undefined) return next.frame;
      if (this.failure !== undefined) throw this.failure.error;
      await new Promise<void>((resolve) => (this.arrived = resolve));
    }
  }

  close(): void {
    clearTimeout(this.deadline);
    clearInterval(this.pings);
    this.signal?.removeEventListener('abort', this.abort);
    this.socket.terminate();
  }

  private take(data: RawData, isBinary: boolean): void {
    const frame = isBinary ? undefined : readFrame(data);
    if (frame === undefined) {
      this.fail(new NodeError('nonsense', 'it sent something that is not from a node'));
      return;
    }
    this.unanswered = 0;
    const bytes = sizeOf(data);
    this.waiting.push({ frame, bytes });
    this.waitingBytes += bytes;
    if (this.isHigh()) this.socket.pause();
    this.arrived();
  }

  private isHigh(): boolean {
    return this.waiting.length >= MOST_WAITING || this.waitingBytes >= MOST_WAITING_BYTES;
  }

  private isLow(): boolean {
    return this.waiting.length <= FEW_WAITING && this.waitingBytes <= FEW_WAITING_BYTES;
  }

  /** Only the first failure counts: what follows are its consequences. */
  private fail(error: unknown): void {
    this.failure ??= { error };
    this.close();
    this.arrived();
  }

  /** While the socket is paused no answer can be seen. */
  private ping(): void {
    if (this.socket.readyState !== WebSocket.OPEN || this.socket.isPaused) return;
    if (++this.unanswered > SILENT_PINGS) {
      this.fail(new NodeError('timeout', 'the connection fell silent'));
    } else this.socket.ping();
  }
}

function readFrame(data: RawData): NodeFrame | undefined {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer);
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isFrame = isJsonObject(value) && typeof value['type'] === 'string';
    return isFrame && !isValueDeeper(value, MOST_DEPTH)
      ? (value as unknown as NodeFrame)
      : undefined;
  } catch {
    return undefined;
  }
}

function sizeOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((sum, part) => sum + part.length, 0);
  return data.byteLength;
}

function broken(code: number): NodeError {
  return new NodeError('nonsense', `the connection broke off before the end (${code})`);
}

function socketError(error: NodeJS.ErrnoException): NodeError {
  if (error.message.includes('handshake has timed out')) {
    return new NodeError('timeout', `no answer within ${CONNECT_MS} ms`, undefined, {
      cause: error,
    });
  }
  const isNetwork = error.code !== undefined && !error.code.startsWith('WS_ERR');
  const kind = isNetwork ? 'unreachable' : 'nonsense';
  return new NodeError(kind, error.code ?? error.message, undefined, { cause: error });
}

/** A node that answers HTTP instead of upgrading; its reason is read when it gave one. */
async function refusalOf(response: IncomingMessage): Promise<NodeError> {
  const status = response.statusCode ?? 0;
  const kind = kindOfStatus(status, response.headers['content-type'] ?? '');
  const fallback = `it answered ${status} instead of opening a WebSocket`;
  try {
    let text = '';
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString('utf8');
      if (text.length > LONGEST_REFUSAL) break;
    }
    return new NodeError(kind, reasonOf(JSON.parse(text), fallback), status);
  } catch {
    return new NodeError(kind, fallback, status);
  } finally {
    response.destroy();
  }
}
