/**
 * Stands between a client and the API server and lets go wrong what goes wrong in networks. It ends
 * TLS with the server's own certificate, so only clients that show a token can use it.
 */
import { readFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import type { ClusterFacts } from './cluster.setup.js';

/** An exchange that goes on. */
interface Exchange {
  url: string;
  response: ServerResponse;
  asked: ClientRequest;
}

/** Passes requests on, until it is told otherwise. */
export class FaultProxy {
  private readonly sockets = new Set<Socket>();
  /** The clients' ports of connections over which nothing comes any more. */
  private readonly silent = new Set<number | undefined>();
  private readonly exchanges = new Set<Exchange>();
  private readonly agent: Agent;
  private silentForAll = false;
  private refusal: number | undefined;
  /** Requests that came, refused ones included. */
  requests = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
    ca: Buffer,
  ) {
    this.agent = new Agent({ keepAlive: true, ca });
    server.on('connection', (socket: Socket) => {
      const { remotePort } = socket;
      this.sockets.add(socket);
      if (this.silentForAll) this.silent.add(remotePort);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        this.silent.delete(remotePort);
      });
    });
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) =>
      this.take(incoming, response),
    );
  }

  /** Listens on a free port of loopback. */
  static async start({ server: target, folder }: ClusterFacts): Promise<FaultProxy> {
    const read = (name: string): Promise<Buffer> => readFile(path.join(folder, name));
    const [ca, cert, key] = await Promise.all(['ca.crt', 'server.crt', 'server.key'].map(read));
    const server = createServer({ cert, key });
    const proxy = new FaultProxy(server, target, ca ?? Buffer.of());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** What to write in a kubeconfig instead of the address of the API server. */
  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many watches are open on paths that contain this. */
  openWatches(part = ''): number {
    return this.watches(part).length;
  }

  /** Half-open: the connections there are stay open and nothing comes over them any more. */
  goSilent(): void {
    for (const { remotePort } of this.sockets) this.silent.add(remotePort);
  }

  /** As if the server were behind a firewall that drops everything; gives back what ends it. */
  goSilentForAll(): () => void {
    this.silentForAll = true;
    this.goSilent();
    return () => {
      this.silentForAll = false;
    };
  }

  /** Resets every connection there is. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Answers everything with this status; gives back what ends it. */
  refuse(status: number): () => void {
    this.refusal = status;
    return () => {
      this.refusal = undefined;
    };
  }

  /**
   * Adds a frame to every open watch, for example an ERROR or a BOOKMARK.
   *
   * @param part of the paths of the watches that get it; all when left out
   * @returns how many watches got it
   */
  sendFrame(frame: { type: string; object: object }, part = ''): number {
    const watches = this.watches(part);
    for (const { response } of watches) response.write(`${JSON.stringify(frame)}\n`);
    return watches.length;
  }

  /** The frame that an API server sends when it no longer knows the version of a watch; ends them. */
  expireWatches(part = ''): number {
    const watches = this.watches(part);
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
    const object = { ...status, message: 'too old resource version', reason: 'Expired', code: 410 };
    this.sendFrame({ type: 'ERROR', object }, part);
    for (const { response, asked } of watches) {
      asked.destroy();
      response.end();
    }
    return watches.length;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.agent.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private watches(part: string): Exchange[] {
    return [...this.exchanges].filter(
      ({ url, response }) =>
        /[?&]watch=(true|1)/.test(url) && url.includes(part) && response.headersSent,
    );
  }

  private take(incoming: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    if (this.isSilent(incoming)) return;
    if (this.refusal !== undefined) {
      response.writeHead(this.refusal).end();
      return;
    }
    const url = incoming.url ?? '/';
    const { method, headers } = incoming;
    const asked = request(new URL(url, this.target), { method, headers, agent: this.agent });
    const exchange = { url, response, asked };
    this.exchanges.add(exchange);
    response.on('error', () => undefined);
    response.once('close', () => {
      this.exchanges.delete(exchange);
      asked.destroy();
    });
    asked.once('response', (answer: IncomingMessage) => this.passOn(answer, incoming, response));
    asked.once('error', () => {
      if (!this.isSilent(incoming)) response.destroy();
    });
    incoming.pipe(asked);
  }

  private passOn(
    answer: IncomingMessage,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (this.isSilent(incoming)) return;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    answer.on('data', (data: Buffer) => {
      if (!this.isSilent(incoming)) response.write(data);
    });
    answer.once('end', () => {
      if (!this.isSilent(incoming)) response.end();
    });
    answer.once('error', () => response.destroy());
  }

  private isSilent({ socket }: IncomingMessage): boolean {
    return this.silent.has(socket.remotePort);
  }
}
