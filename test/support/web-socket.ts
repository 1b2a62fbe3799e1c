/** A client on a WebSocket of the API. */
import { WebSocket } from 'ws';
import type { Headers } from './api.js';
import type { TestServer } from './server.js';
import { until } from './until.js';

export type Frame = Record<string, unknown> & { type: string };

export interface SocketClient {
  frames: Frame[];
  socket: WebSocket;
  /** The protocol that the server chose. */
  protocol: string;
  requestId: string;
  ask(message: unknown): void;
  /** Waits for the next frame of a kind, counted from the first. */
  frame(type: string, count?: number): Promise<Frame>;
  /** The code with which it ended. */
  closed: Promise<number>;
}

/** An upgrade that was refused. */
export interface Refusal {
  status: number;
  type: string;
  requestId: string;
  body: Record<string, unknown>;
}

/** Opens a WebSocket, or says how that was refused. */
export async function openClient(
  server: TestServer,
  path: string,
  headers: Headers,
  protocols: string[] = [],
): Promise<SocketClient | Refusal> {
  const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}${path}`, protocols, {
    headers: { ...headers },
  });
  const frames: Frame[] = [];
  let requestId = '';
  const closed = new Promise<number>((resolve) => {
    socket.on('close', (code) => resolve(code));
  });
  socket.on('upgrade', (response) => (requestId = String(response.headers['x-request-id'])));
  socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString()) as Frame));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        request.destroy();
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          requestId: String(response.headers['x-request-id']),
          body: JSON.parse(text) as Record<string, unknown>,
        });
      });
    });
    socket.on('open', () =>
      resolve({
        frames,
        socket,
        protocol: socket.protocol,
        requestId,
        ask: (message) =>
          socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
        frame: (type, count = 1) =>
          until(`frame ${count} of ${type}`, async () => {
            return frames.filter((frame) => frame.type === type)[count - 1];
          }),
        closed,
      }),
    );
  });
}

/** A client that must get in. */
export async function socketClient(...asked: Parameters<typeof openClient>): Promise<SocketClient> {
  const answer = await openClient(...asked);
  if ('frames' in answer) return answer;
  throw new Error(`The WebSocket was refused: ${JSON.stringify(answer)}`);
}
