import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import { onTestFinished, describe, expect, it } from 'vitest';
import { cutSlowReaders } from './slow-readers.js';

const PATIENCE_MS = 200;
const LARGE = 32 * 1024 * 1024;

/** Serves a large answer, a small one, and a small one that takes several times the patience. */
async function serve(): Promise<{ socket: Socket; connections: () => Promise<number> }> {
  const server = fastify();
  cutSlowReaders(server, PATIENCE_MS);
  server.get('/large', () => 'x'.repeat(LARGE));
  server.get('/small', () => 'small');
  server.get('/late', () => sleep(4 * PATIENCE_MS).then(() => 'late'));
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(async () => {
    socket.destroy();
    await server.close();
  });
  const connections = (): Promise<number> =>
    new Promise((resolve) => server.server.getConnections((_error, count) => resolve(count)));
  return { socket, connections };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('a reader of an answer', () => {
  it('that takes nothing is cut', async () => {
    const { socket, connections } = await serve();
    socket.pause();
    socket.write(get('/large'));
    await expect.poll(connections).toBe(1);
    await expect.poll(connections, { timeout: 10 * PATIENCE_MS }).toBe(0);
  });

  it('that takes its time gets all of it', async () => {
    const { socket, connections } = await serve();
    let read = 0;
    socket.on('data', (data) => {
      read += data.length;
      socket.pause();
      setTimeout(() => socket.resume(), 1);
    });
    socket.write(get('/large'));
    await expect.poll(() => read, { timeout: 15_000 }).toBeGreaterThan(LARGE);
    expect(await connections()).toBe(1);
  });

  it.each([
    ['alone', ['/late']],
    ['after another one, unread', ['/small', '/late']],
    ['and then another one', ['/late', '/small']],
  ])('may wait for one that is still being made, %s', async (_what, paths) => {
    const { socket, connections } = await serve();
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    socket.write(paths.map(get).join(''));
    await expect.poll(() => text, { timeout: 20 * PATIENCE_MS }).toContain('late');
    expect(await connections()).toBe(1);
  });
});
