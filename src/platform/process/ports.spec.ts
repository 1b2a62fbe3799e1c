import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PortAllocator } from './ports.js';

const HOST = '127.0.0.1';
const servers: Server[] = [];

/** Listens on a port; gives false when somebody else does. */
function listen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => {
      servers.push(server);
      resolve(true);
    });
  });
}

/** The first of so many ports in a row that nobody listens on. */
async function freeRun(length: number): Promise<number> {
  for (let first = 21_000; first < 23_900; first += length) {
    const own = servers.length;
    const results = [];
    for (let port = first; port < first + length; port++) results.push(await listen(port));
    await closeAll(servers.splice(own));
    if (results.every(Boolean)) return first;
  }
  throw new Error('No free ports in a row.');
}

async function closeAll(list: Server[]): Promise<void> {
  await Promise.all(list.map((server) => new Promise((resolve) => server.close(resolve))));
}

afterEach(() => closeAll(servers.splice(0)));

describe('PortAllocator', () => {
  it('passes over ports that others listen on', async () => {
    const first = await freeRun(3);
    await listen(first + 1);
    const ports = new PortAllocator({ first, last: first + 2 }, HOST, () => 0);

    expect([await ports.take(), await ports.take()]).toEqual([first, first + 2]);
    await expect(ports.take()).rejects.toMatchObject({ kind: 'unavailable', code: 'no_free_port' });
  });

  it('never gives one port to two, also when they ask at the same time', async () => {
    const first = await freeRun(8);
    const ports = new PortAllocator({ first, last: first + 7 }, HOST, () => 0.99);

    const taken = await Promise.all(Array.from({ length: 8 }, () => ports.take()));

    expect(new Set(taken).size).toBe(8);
    expect(taken[0]).toBe(first + 7);
  });

  it('gives a port again that was given back, as the last', async () => {
    const first = await freeRun(2);
    const ports = new PortAllocator({ first, last: first + 1 }, HOST, () => 0);
    const port = await ports.take();
    ports.release(port);

    expect([await ports.take(), await ports.take()]).toEqual([first + 1, first]);
  });

  it('does not give a port that is reserved', async () => {
    const first = await freeRun(2);
    const ports = new PortAllocator({ first, last: first + 1 }, HOST, () => 0);
    ports.reserve(first);

    expect(await ports.take()).toBe(first + 1);
    await expect(ports.take()).rejects.toThrow(`${first} to ${first + 1}`);
  });
});
