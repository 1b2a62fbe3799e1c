import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { startModel } from '../support/model.js';
import { type FreshDatabase, freshDatabase } from '../support/postgres.js';
import { processesOf } from '../support/processes.js';
import { runServer } from '../support/server-process.js';
import { SERVER, TestServer } from '../support/server.js';
import { begunAgain, expectOurError, isListening } from '../support/wire.js';

describe('the server process', () => {
  let folder = '';
  const databases: FreshDatabase[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-process-'));
  });
  afterAll(async () => {
    for (const database of databases) await database.drop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Settings for an empty database of the kind under test, and for any free port. */
  const freshSettings = async (name: string): Promise<Record<string, string>> => {
    const settings = { NEXUS_PORT: '0', NEXUS_DATA_DIR: path.join(folder, name) };
    if (process.env['TEST_DATABASE'] !== 'postgres') return settings;
    const database = await freshDatabase();
    databases.push(database);
    return { ...settings, DATABASE_URL: database.url };
  };

  it('says everything that is wrong with its settings, and exits with 78', async () => {
    const { code, output } = await runServer({
      NEXUS_PORT: 'x',
      NEXUS_DRIVER: 'y',
      NEXUS_DATA_DIR: folder,
    });
    expect(code).toBe(78);
    expect(output).toMatch(/- NEXUS_PORT must be/);
    expect(output).toMatch(/- NEXUS_DRIVER must be one of: local, kubernetes, none/);
  });

  it('keeps a generated password in a file of its own, never in the log', async () => {
    const settings = await freshSettings('fresh');
    const { code, output } = await runServer(settings, { until: /Nexus is ready/ });
    expect(code).toBe(0);
    const file = path.join(folder, 'fresh', 'admin-password');
    const password = (await readFile(file, 'utf8')).trim();
    expect(password).toHaveLength(24);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(output).toContain(file);
    expect(output).not.toContain(password);
  });

  it('shows it once to whoever sits at the terminal', async () => {
    const settings = await freshSettings('terminal');
    const { PATH = '', HOME = '' } = process.env;
    // The shell makes way for the server: one that stays would be interrupted, too.
    const script = spawn('script', ['-qec', `exec ${process.execPath} ${SERVER}`, '/dev/null'], {
      cwd: folder,
      env: { PATH, HOME, ...settings },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let output = '';
    script.stdout.on('data', (text: Buffer) => (output += text.toString()));
    await until('it is ready', async () => /Swagger UI +http/.test(output));
    script.stdin.write('\u0003');
    const code = await new Promise((resolve) => script.once('exit', resolve));
    expect(code).toBe(0);
    expect(output).toMatch(/An admin was created[^]*password +[\w-]{24}/);
    expect(output).toMatch(/API +http:\/\/127\.0\.0\.1:\d+/);
    expect(existsSync(path.join(folder, 'terminal', 'admin-password'))).toBe(false);
  });

  it('reads `.env` where it runs, and the environment wins', async () => {
    const cwd = path.join(folder, 'with-env');
    await mkdir(cwd);
    const lines = ['# mine', 'NEXUS_ADMIN_EMAIL="from-the-file@example.com"', 'NEXUS_PORT=x'];
    await writeFile(path.join(cwd, '.env'), lines.join('\n'));
    const { NEXUS_PORT: port = '', ...settings } = await freshSettings('with-env');
    const refused = await runServer(settings, { cwd });
    expect(refused.code).toBe(78);
    expect(refused.output).toMatch(/- NEXUS_PORT must be/);
    const options = { cwd, until: /Nexus is ready/ };
    const { code, output } = await runServer({ ...settings, NEXUS_PORT: port }, options);
    expect(code).toBe(0);
    expect(output).toContain('from-the-file@example.com');
  });

  it('says that its port is taken, exits with 78, and leaves no node behind', async () => {
    const settings = await freshSettings('taken');
    const server = await TestServer.start({ environment: settings });
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      await readyTenant((await newPerson(server)).client);
      await server.stop();
      const { port } = other.address() as AddressInfo;
      const { code, output } = await runServer({ ...settings, NEXUS_PORT: String(port) });
      expect(code).toBe(78);
      expect(output).toContain(`NEXUS_PORT ${port} on 127.0.0.1 is taken`);
      expect(processesOf(path.join(folder, 'taken'))).toEqual([]);
    } finally {
      other.close();
      await server.close();
    }
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('stops on %s, its nodes as well', async (signal) => {
    const server = await TestServer.start();
    try {
      await readyTenant((await newPerson(server)).client);
      expect(await server.stop(signal)).toBe(0);
      expect(processesOf(server.dataDir)).toEqual([]);
    } finally {
      await server.close();
    }
  });

  it('stops when it is asked to while it starts', async () => {
    const settings = await freshSettings('early');
    const { code } = await runServer(settings, { until: /Database migrated/ });
    expect(code).toBe(0);
    expect(processesOf(path.join(folder, 'early'))).toEqual([]);
  });

  it('is ready again in under three seconds', async () => {
    const server = await TestServer.start();
    try {
      const owner = await newPerson(server);
      await readyTenant(owner.client);
      await server.stop();
      const started = Date.now();
      await server.run();
      expect(Date.now() - started).toBeLessThan(3_000);
    } finally {
      await server.close();
    }
  });

  it('finishes what is under way when it is asked to stop, and takes nothing new', async () => {
    const server = await TestServer.start();
    const model = await startModel(2_000);
    try {
      const owner = await newPerson(server);
      await readyTenant(owner.client);
      const body = echoSpec('slow', { model: { primary: model.block } });
      expectData(await sdk.createAgent({ client: owner.client, body }), 201);
      await agentWhen(owner.client, 'slow', isRunning);
      const run_ = sdk.runAgent({
        client: owner.client,
        path: { name: 'slow' },
        body: { query: 'still there?' },
      });
      const late = await begunAgain(server);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const stopped = server.stop();
      await until('it stops', async () => !(await isListening(server)));
      const refused = await late();
      expect(expectOurError(refused, 503)).toBe('unavailable');
      expect(refused.headers).toMatchObject({ 'retry-after': '2', connection: 'close' });
      expect(expectData(await run_, 200).answer).toContain('still there?');
      expect(await stopped).toBe(0);
      await expect(fetch(server.url)).rejects.toThrow('fetch failed');
    } finally {
      await server.close();
      await model.close();
    }
  });

  it('serves on for its delay, and says that it goes', async () => {
    const environment = { NEXUS_SHUTDOWN_DELAY: '2' };
    const server = await TestServer.start({ driver: 'none', environment });
    try {
      expect((await fetch(`${server.url}/healthz`)).headers.get('connection')).toBe('keep-alive');
      const stopped = server.stop();
      const notReady = await until('it goes', async () => {
        const answer = await fetch(`${server.url}/readyz`);
        return answer.status === 503 && answer;
      });
      expect(await notReady.json()).toMatchObject({ checks: { server: 'stopping' } });
      const served = await fetch(`${server.url}/healthz`);
      expect(served.status).toBe(200);
      expect(served.headers.get('connection')).toBe('close');
      expect(await stopped).toBe(0);
    } finally {
      await server.close();
    }
  });

  it('cuts off what does not finish in its time to stop, and still stops the nodes', async () => {
    const server = await TestServer.start({ environment: { NEXUS_SHUTDOWN_GRACE: '1' } });
    const model = await startModel(60_000);
    try {
      const owner = await newPerson(server);
      await readyTenant(owner.client);
      const body = echoSpec('slow', { model: { primary: model.block } });
      expectData(await sdk.createAgent({ client: owner.client, body }), 201);
      await agentWhen(owner.client, 'slow', isRunning);
      const path_ = { name: 'slow' };
      const run_ = sdk.runAgent({ client: owner.client, path: path_, body: { query: 'wait' } });
      await until('the model is asked', async () => model.asked() === 1);
      expect(await server.stop()).toBe(0);
      expect((await run_).response).toBeUndefined();
      expect(processesOf(server.dataDir)).toEqual([]);
    } finally {
      await server.close();
      await model.close();
    }
  });

  it('ends the run on the node when its caller leaves', async () => {
    const server = await TestServer.start();
    const model = await startModel(20_000);
    try {
      const owner = await newPerson(server);
      await readyTenant(owner.client);
      const body = echoSpec('slow', { model: { primary: model.block } });
      expectData(await sdk.createAgent({ client: owner.client, body }), 201);
      await agentWhen(owner.client, 'slow', isRunning);
      const leaving = new AbortController();
      const call = fetch(`${server.url}/api/v1/agents/slow/run`, {
        method: 'POST',
        headers: { ...owner.headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'never mind' }),
        signal: leaving.signal,
      });
      setTimeout(() => leaving.abort(), 500);
      await expect(call).rejects.toThrow(/abort/);
      await until('the model is left alone', async () => model.abandoned() === 1);
      const path_ = { name: 'slow' };
      await until('it is recorded', async () => {
        const logs = await sdk.getAgentLogs({ client: owner.client, path: path_ });
        return expectData(logs, 200).lines.some(({ message }) => /cancelled/.test(message));
      });
    } finally {
      await server.close();
      await model.close();
    }
  });

  it('answers what is no HTTP in its own shape', async () => {
    const server = await TestServer.start({ driver: 'none' });
    const { port } = new URL(server.url);
    const send = (bytes: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
        let text = '';
        socket.on('data', (data) => (text += data.toString()));
        socket.on('end', () => resolve(text));
        socket.on('error', reject);
      });
    try {
      const garbage = await send('NOT HTTP AT ALL\r\n\r\n');
      expect(garbage).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_http"/);
      const long = await send(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`);
      expect(long).toMatch(/^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/);
      const chunks =
        'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
      expect(await send(chunks)).toMatch(/^HTTP\/1\.1 400 /);
    } finally {
      await server.close();
    }
  });
});
