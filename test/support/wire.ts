/** Bytes to a server and back, for requests that no HTTP client can be made to send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'vitest';
import type { TestServer } from './server.js';

export interface WireAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

const WITHIN_MS = 10_000;

/** Sends bytes and reads until the server closes; interim answers are left out. */
export async function exchange(
  server: TestServer,
  ...parts: (string | Uint8Array)[]
): Promise<WireAnswer> {
  return exchangeWithin(WITHIN_MS, server, ...parts);
}

/** As `exchange`, with a server that may let one wait. */
export async function exchangeWithin(
  withinMs: number,
  { url }: TestServer,
  ...parts: (string | Uint8Array)[]
): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      for (const part of parts) socket.write(part);
    });
    socket.setTimeout(withinMs, () => socket.destroy(new Error('The server did not answer')));
    socket.on('data', (data) => chunks.push(data));
    // One that refuses what is still being sent may cut the connection.
    socket.on('error', (error) => (chunks.length > 0 ? resolve() : reject(error)));
    socket.on('close', () => resolve());
  });
  return parse(Buffer.concat(chunks).toString('utf8'));
}

/**
 * A connection over which one request was answered and the next one has begun, which keeps it open
 * while a server stops.
 *
 * @returns sends the rest and gives the answer
 */
export async function begunAgain({ url }: TestServer): Promise<() => Promise<WireAnswer>> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const request = 'GET /healthz HTTP/1.1\r\nHost: nexus.test\r\n';
  socket.write(`${request}\r\n`);
  await once(socket, 'data');
  socket.write(request);
  return async () => {
    const chunks: Buffer[] = [];
    socket.on('data', (data: Buffer) => chunks.push(data));
    socket.write('\r\n');
    await once(socket, 'close');
    return parse(Buffer.concat(chunks).toString('utf8'));
  };
}

/** Sends what is refused, and never hangs up on its own side. */
export async function refusedForGood({ url }: TestServer, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.on('error', () => undefined).write(bytes);
  await once(socket.resume(), 'end');
}

/** Whether a server takes another connection. */
export async function isListening({ url }: TestServer): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}

function parse(text: string): WireAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(start)?.[1]);
  const rest = text.slice(end + 4);
  if (status === 100) return parse(rest);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status, headers: Object.fromEntries(headers), body: rest };
}

/** Whether an answer is an error in the contract's shape; gives its code. */
export function expectOurError({ status, headers, body }: WireAnswer, wanted: number): string {
  expect(status, body).toBe(wanted);
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(body).not.toMatch(/<html|\bat \S+ \(|node_modules/i);
  const error = JSON.parse(body) as Record<string, unknown>;
  expect(error).toMatchObject({
    error: expect.stringMatching(/^[A-Z].*\.$/),
    code: expect.stringMatching(/^[a-z_]+$/),
    requestId: headers['x-request-id'],
  });
  return String(error['code']);
}

/** The lines of a request that asks for the connection to be closed after it. */
export function head(start: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { Host: 'nexus.test', Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [start, ...lines, '', ''].join('\r\n');
}
