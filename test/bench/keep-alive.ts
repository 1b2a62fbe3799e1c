/**
 * HTTP/1.1 over a fixed number of sockets that stay open, as cheap as it can be: who makes load must
 * not take the processor that is being measured. Understands answers with a Content-Length alone.
 */
import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';
const STATUS = /^HTTP\/1\.1 (\d{3})/;
const LENGTH = /\r\ncontent-length: (\d+)/i;

interface Asked {
  text: string;
  /** Called with the status; 0 for an answer that did not come or could not be read. */
  done: (status: number) => void;
}

/** Sends requests over whichever socket is free; the others wait for their turn. */
export class KeepAlive {
  private readonly free: Line[] = [];
  private readonly waiting: Asked[] = [];
  private readonly lines: Line[];

  constructor(url: string, connections: number) {
    const { hostname, port } = new URL(url);
    const ready = (line: Line): void => this.next(line);
    this.lines = Array.from(
      { length: connections },
      () => new Line(connect({ host: hostname, port: Number(port), noDelay: true }), ready),
    );
    this.free.push(...this.lines);
  }

  /** Settles when every socket is open, or has failed. */
  async connected(): Promise<void> {
    await Promise.all(this.lines.map((line) => line.connected));
  }

  /** Calls back with the status: a promise a request is more to sweep up than the request itself. */
  ask(text: string, done: (status: number) => void): void {
    const line = this.free.pop();
    if (line === undefined) this.waiting.push({ text, done });
    else line.send({ text, done });
  }

  close(): void {
    for (const line of this.lines) line.close();
  }

  private next(line: Line): void {
    const asked = this.waiting.shift();
    if (asked === undefined) this.free.push(line);
    else line.send(asked);
  }
}

/** The text of a request. */
export function requestText(
  url: string,
  {
    method,
    path,
    headers,
    body = '',
  }: {
    method: string;
    path: string;
    headers: Readonly<Record<string, string>>;
    body?: string | undefined;
  },
): string {
  const all = { host: new URL(url).host, ...headers, 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** One socket, with one request at a time. */
class Line {
  private asked: Asked | undefined;
  private received = '';
  /** Settles when the socket is open, or has failed. */
  readonly connected: Promise<void>;

  constructor(
    private readonly socket: Socket,
    private readonly ready: (line: Line) => void,
  ) {
    // One character a byte, so that lengths are those of the head.
    socket.setEncoding('latin1');
    this.connected = new Promise((resolve) => {
      socket.once('connect', resolve).once('close', () => resolve());
    });
    socket.on('data', (data) => this.receive(String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => this.finish(0));
  }

  send(asked: Asked): void {
    this.asked = asked;
    if (this.socket.destroyed) this.finish(0);
    else this.socket.write(asked.text);
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(data: string): void {
    this.received += data;
    const end = this.received.indexOf(HEAD_END);
    if (end === -1) return;
    const length = LENGTH.exec(this.received)?.[1];
    if (length === undefined) {
      this.socket.destroy();
      return;
    }
    if (this.received.length < end + HEAD_END.length + Number(length)) return;
    const status = Number(STATUS.exec(this.received)?.[1] ?? 0);
    this.received = '';
    this.finish(status);
  }

  private finish(status: number): void {
    const { asked } = this;
    this.asked = undefined;
    asked?.done(status);
    if (asked !== undefined) this.ready(this);
  }
}
