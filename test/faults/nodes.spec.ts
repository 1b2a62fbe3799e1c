import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  newPerson,
  type Person,
  raw,
  readyTenant,
  sdk,
  tenantWhen,
  until,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

/** A shallow check of a node, which may itself take 3 s, and some room for a busy machine. */
const SEEN_WITHIN_MS = 1_000 + 3_000 + 2_000;
const DEEP_MS = 60_000;

// Nodes that misbehave, one way after another; the control plane says so, serves on, and heals.
describe('a node', () => {
  let server: TestServer;
  let owner: Person;
  let tenant: sdk.Tenant;
  /** One that is left in peace, with an agent that was altered by hand at that time. */
  let quiet: { tenant: sdk.Tenant; alteredAt: number };
  beforeAll(async () => {
    const environment = { NEXUS_RESYNC_SECONDS: '1', NEXUS_DEEP_RESYNC_MINUTES: '1' };
    server = await TestServer.start({ environment });
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
    await agentWhen(owner.client, 'bot', isRunning);
    // Altered first and looked at last, so that the deep period passes while other things are tried.
    quiet = await alteredTenant();
    owner.client.setConfig({ headers: { ...owner.headers, 'x-tenant-id': tenant.id } });
  });
  afterAll(() => server.close());

  const when = (wanted: (tenant: sdk.Tenant) => boolean, withinMs?: number) =>
    tenantWhen(owner.client, tenant.id, wanted, withinMs);
  const ask = () =>
    sdk.runAgent({ client: owner.client, path: { name: 'bot' }, body: { query: 'there?' } });
  /** Speaks to the node of a tenant past the control plane. */
  const callNode = async (
    { crName }: sdk.Tenant,
    method: string,
    at: string,
    body?: unknown,
  ): Promise<Response> => {
    const { port, token } = await server.nodeOf(crName);
    return fetch(`http://127.0.0.1:${port}${at}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const alteredTenant = async (): Promise<typeof quiet> => {
    const other = await readyTenant(owner.client, 'Quiet');
    const headers = { 'x-tenant-id': other.id };
    const body = echoSpec('bot');
    expectData(await sdk.createAgent({ client: owner.client, body, headers }), 201);
    await agentWhen(owner.client, 'bot', isRunning, { headers });
    const altered = echoSpec('bot', { prompts: { system: 'altered by hand' } });
    await callNode(other, 'POST', '/v1/agents', altered);
    await callNode(other, 'POST', '/v1/agents/bot/deploy');
    return { tenant: other, alteredAt: Date.now() };
  };

  it('that is killed is started again, and its agents run again', async () => {
    const { pid } = await server.nodeOf(tenant.crName);
    process.kill(pid, 'SIGKILL');
    const isReplaced = async () => {
      const now = await server.nodeOf(tenant.crName).catch(() => undefined);
      return now !== undefined && now.pid !== pid;
    };
    await until('another one runs', isReplaced, SEEN_WITHIN_MS);
    await agentWhen(owner.client, 'bot', isRunning);
    const answer = await until('it answers', async () => (await ask()).data);
    expect(answer.answer).toContain('there?');
  });

  it('that hangs is reported within a check and replaced', async () => {
    const { pid } = await server.nodeOf(tenant.crName);
    process.kill(pid, 'SIGSTOP');
    const silent = await when(({ ready }) => !ready, SEEN_WITHIN_MS);
    expect(silent.phase).toBe('Error');
    expect(silent.conditions[0]).toMatchObject({ status: 'False', reason: 'NodeNotAnswering' });
    const waiting = await agentWhen(owner.client, 'bot', ({ ready }) => !ready);
    expect(waiting.phase).toBe('Pending');
    expectError(await ask(), 502, 'node_unreachable');
    const started = Date.now();
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('meanwhile') }), 201);
    expect(Date.now() - started).toBeLessThan(2_000);
    await when(({ ready }) => ready);
    expect((await server.nodeOf(tenant.crName)).pid).not.toBe(pid);
    await agentWhen(owner.client, 'bot', isRunning);
    await agentWhen(owner.client, 'meanwhile', isRunning);
  });

  describe('of a foreign command', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'nexus-command-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

    const withCommand = async (
      script: string,
      work: (server: TestServer, owner: Person, tenant: sdk.Tenant) => Promise<void>,
    ): Promise<void> => {
      const file = path.join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
      await writeFile(file, script);
      // As the daemon that is not on PyPI takes them.
      const options =
        '--config {dir} --host {host} --port {port} --foreground --pid-file {dir}/pid';
      const environment = {
        NEXUS_NODE_COMMAND: `'${process.execPath}' ${file} ${options}`,
        NEXUS_NODE_START_TIMEOUT: '2',
        NEXUS_RESYNC_SECONDS: '1',
      };
      const server = await TestServer.start({ environment });
      try {
        const owner = await newPerson(server);
        const body = { displayName: 'Foreign', nodeProfile: 'gateway' as const };
        const tenant = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
        await work(server, owner, tenant);
      } finally {
        await server.close();
      }
    };
    const conditionWhen = (owner: Person, id: string, pattern: RegExp) =>
      until(`its condition is like ${pattern.source}`, async () => {
        const seen = expectData(await sdk.getTenant({ client: owner.client, path: { id } }), 200);
        return pattern.test(seen.conditions[0]?.message ?? '') ? seen : undefined;
      });

    it('gets its words, its environment, and nothing of ours', async () => {
      const script = `
        import { createServer } from 'node:http';
        import { writeFileSync } from 'node:fs';
        const [, , ...args] = process.argv;
        const port = args[args.indexOf('--port') + 1];
        writeFileSync(args[args.indexOf('--pid-file') + 1], JSON.stringify({ args, env: process.env }));
        createServer((request, response) => {
          response.setHeader('content-type', 'application/json');
          const body = { '/v1/health': { status: 'ok' }, '/v1/agents': { agents: [] } }[request.url];
          response.end(JSON.stringify(body ?? { uptime_seconds: process.uptime(), pid: process.pid, version: '9.9.9' }));
        }).listen(port, '127.0.0.1');`;
      await withCommand(script, async (server, owner, { id, crName }) => {
        const seen = await until('it is ready', async () => {
          const now = expectData(await sdk.getTenant({ client: owner.client, path: { id } }), 200);
          return now.ready ? now : undefined;
        });
        expect(seen.nodeVersion).toBe('9.9.9');
        const folderOfNode = server.nodeFolder(crName);
        const told = JSON.parse(await readFile(path.join(folderOfNode, 'pid'), 'utf8')) as {
          args: string[];
          env: Record<string, string>;
        };
        const { port } = await server.nodeOf(crName);
        expect(told.args).toEqual([
          '--config',
          folderOfNode,
          '--host',
          '127.0.0.1',
          '--port',
          String(port),
          '--foreground',
          '--pid-file',
          path.join(folderOfNode, 'pid'),
        ]);
        expect(told.env).toMatchObject({
          ASTROMESH_ROLE: 'gateway',
          NEXUS_NODE_DIR: folderOfNode,
          NEXUS_NODE_PORT: String(port),
        });
        const leaked = Object.keys(told.env).filter((name) =>
          /SECRET|ENCRYPTION|DATABASE|ADMIN/.test(name),
        );
        expect(leaked).toEqual([]);
      });
    });

    it('that answers HTML is not Ready, and does no harm', async () => {
      const script = `
        import { createServer } from 'node:http';
        createServer((request, response) => {
          response.setHeader('content-type', 'text/html');
          response.end('<html><body>It works!</body></html>');
        }).listen(process.env.NEXUS_NODE_PORT, '127.0.0.1');`;
      await withCommand(script, async (server, owner, { id }) => {
        const seen = await conditionWhen(owner, id, /did not answer within 2 s/);
        expect(seen).toMatchObject({ phase: 'Error', ready: false });
        expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('waiting') }), 201);
        const agent = await agentWhen(
          owner.client,
          'waiting',
          ({ status }) => status.conditions.length > 0,
        );
        expect(agent).toMatchObject({ phase: 'Pending', ready: false });
        const run = { path: { name: 'waiting' }, body: { query: 'x' } };
        expectError(await sdk.runAgent({ client: owner.client, ...run }), 502, 'node_unreachable');
        expect((await raw(server, 'GET', '/readyz')).response.status).toBe(200);
      });
    });

    it('that keeps ending is started again ever more slowly, and says how it ended', async () => {
      await withCommand('process.exit(3);', async (_server, owner, { id }) => {
        const seen = await conditionWhen(owner, id, /exited with 3/);
        expect(seen).toMatchObject({ phase: 'Error', ready: false });
        expect(seen.conditions[0]?.reason).toBe('NodeKeepsEnding');
      });
    });

    it('that no shell can be spared for is refused at the start', async () => {
      const environment = { NEXUS_NODE_COMMAND: 'a && b' };
      await expect(TestServer.start({ environment })).rejects.toThrow(
        /exited with 78[^]*NEXUS_NODE_COMMAND/,
      );
    });
  });

  it('whose agent was altered by hand is put right within a deep period', async () => {
    const { alteredAt, tenant: other } = quiet;
    const isRight = async () => {
      const held = (await (await callNode(other, 'GET', '/v1/agents/bot')).json()) as sdk.AgentSpec;
      return held.spec['prompts'] === undefined;
    };
    await until('it is as it was', isRight, alteredAt + DEEP_MS + 2_000 - Date.now());
    const headers = { 'x-tenant-id': other.id };
    const agent = await agentWhen(owner.client, 'bot', isRunning, { headers });
    expect(agent.status.nodeAck).toBe(true);
  });
});
