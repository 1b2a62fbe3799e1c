import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../test/support/silent-logger.js';
import { until } from '../test/support/until.js';
import { NewerSchemaError } from './platform/database/migrator.js';
import type { RunningServer } from './server.js';
import { startWhenUsable } from './start-when-usable.js';

const HOST = '127.0.0.1';
const PROBLEM = 'needs program level 9';
const STARTED: RunningServer = { url: '', metricsUrl: undefined, stop: async () => undefined };
const never = new Promise<never>(() => undefined);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a start', () => {
  const logger = silentLogger();

  it('is one attempt when nothing is in its way', async () => {
    const http = { host: HOST, port: 0 };
    const start = async () => STARTED;
    expect(await startWhenUsable({ start, http, logger, asked: never })).toBe(STARTED);
  });

  it('fails with whatever waiting does not mend', async () => {
    const http = { host: HOST, port: 0 };
    const start = () => Promise.reject(new Error('no room'));
    const started = startWhenUsable({ start, http, logger, asked: never });
    await expect(started).rejects.toThrow('no room');
  });

  it('waits for a database that it may use, alive and not ready', async () => {
    let usable = false;
    const start = async () => {
      if (!usable) throw new NewerSchemaError([PROBLEM]);
      return STARTED;
    };
    const http = { host: HOST, port: await freePort() };
    const url = `http://${HOST}:${http.port}`;
    const started = startWhenUsable({ start, http, logger, asked: never, retryMs: 50 });
    const alive = await until('it is alive', () => fetch(`${url}/healthz`).catch(() => false));
    expect(alive).toMatchObject({ status: 200 });
    const ready = await until('it answers', () => fetch(`${url}/readyz`).catch(() => undefined));
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ code: 'not_ready', checks: { database: PROBLEM } });
    usable = true;
    expect(await started).toBe(STARTED);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('is given up when it is asked to stop', async () => {
    const start = () => Promise.reject(new NewerSchemaError([PROBLEM]));
    const http = { host: HOST, port: await freePort() };
    const asked = Promise.resolve('SIGTERM');
    expect(await startWhenUsable({ start, http, logger, asked })).toBeUndefined();
  });
});
