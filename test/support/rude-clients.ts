/** Clients that nobody would want: they never send, never read, or leave. */
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Headers } from './api.js';
import type { TestServer } from './server.js';

const SIP_BYTES = 16 * 1024;
const SIP_EVERY_MS = 200;

/** What is asked for, over HTTP. */
export interface Asked {
  method: 'GET' | 'POST';
  path: string;
  headers: Headers;
  body?: object;
}

/** Clients of a test; whoever is left when it ends is cut. */
export class RudeClients {
  private readonly sockets = new Set<Socket>();

  constructor(private readonly server: TestServer) {}

  /** How many of those that listen the server has not hung up on. */
  get left(): number {
    return [...this.sockets].filter((socket) => !socket.destroyed).length;
  }

  /** Connects, and says nothing. */
  async connect(count: number): Promise<void> {
    const one = async (): Promise<void> => void (await this.dial()).resume();
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Asks, reads one answer, and keeps the connection. */
  async keepAlive(count: number, asked: Asked): Promise<void> {
    const one = async (): Promise<void> => {
      const socket = await this.dial();
      const answered = new Promise((resolve) => socket.on('data', resolve));
      socket.write(requestOf(asked));
      await answered;
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Asks, and reads nothing of the answer. */
  async ask(count: number, asked: Asked): Promise<void> {
    const one = async (): Promise<void> => {
      const socket = await this.dial();
      socket.pause();
      socket.write(requestOf(asked));
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Asks, and reads the answer a little at a time, for as long as there is one. */
  async sip(count: number, asked: Asked): Promise<void> {
    const one = async (): Promise<void> => {
      const socket = await this.dial();
      socket.pause();
      socket.write(requestOf(asked));
      const timer = setInterval(() => socket.read(SIP_BYTES) ?? socket.read(), SIP_EVERY_MS);
      socket.once('close', () => clearInterval(timer));
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Opens a WebSocket, sends messages, and reads nothing. */
  async converse(
    count: number,
    path: string,
    headers: Headers,
    messages: readonly string[],
  ): Promise<void> {
    const one = async (): Promise<void> => {
      const url = `${this.server.url.replace(/^http/, 'ws')}${path}`;
      const client = new WebSocket(url, { headers: { ...headers } });
      client.on('error', () => client.terminate());
      client.on('upgrade', ({ socket }) => this.keep(socket));
      await new Promise((resolve) => client.once('open', resolve));
      client.pause();
      for (const message of messages) client.send(message, () => undefined);
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Hangs up without a word. */
  leave(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
    this.sockets.clear();
  }

  private async dial(): Promise<Socket> {
    const { hostname, port } = new URL(this.server.url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(socket));
      socket.once('error', reject);
      this.keep(socket);
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
  }
}

function requestOf({ method, path, headers, body }: Asked): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : ['Content-Type: application/json']),
    `Content-Length: ${Buffer.byteLength(text)}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}
