import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  newPerson,
  type Person,
  readyTenant,
  sdk,
  tenantWhen,
  theAdmin,
  TOLD_WITHIN_MS,
  until,
} from '../support/api.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { runs } from '../support/processes.js';
import { TestServer } from '../support/server.js';

/** Whatever happens behind our back is seen by the next check, and told soon after. */
const CHECK_MS = 2_000;
const SEEN_WITHIN_MS = CHECK_MS + TOLD_WITHIN_MS;

// From an agent that is deployed to one that answers, on the node under test. Times count from the
// answer to a change to the moment that its effect is told.
describe(`agents on a ${NODE_UNDER_TEST} node`, () => {
  let server: TestServer;
  let model: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    const environment = { NEXUS_RESYNC_SECONDS: String(CHECK_MS / 1000) };
    server = await TestServer.start({ environment });
    model = await startModel();
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
  });

  const spec = (name: string, more: Record<string, unknown> = {}): sdk.AgentSpec =>
    echoSpec(name, { model: { primary: model.block }, ...more });
  const soon = { withinMs: TOLD_WITHIN_MS };
  const runningSoon = (name: string) => agentWhen(owner.client, name, isRunning, soon);
  const deploy = async (body: sdk.AgentSpec): Promise<sdk.Agent> => {
    expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    return runningSoon(body.metadata.name);
  };
  const put = async (name: string, body: sdk.AgentSpec) =>
    expectData(await sdk.replaceAgent({ client: owner.client, path: { name }, body }), 200);
  const ask = (name: string, query: string) =>
    sdk.runAgent({ client: owner.client, path: { name }, body: { query, session_id: 's' } });
  const onNode = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const { port, token } = await server.nodeOf(tenant.crName);
    return fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const statusOnNode = async (name: string): Promise<string | undefined> => {
    try {
      const { agents } = (await (await onNode('GET', '/v1/agents')).json()) as {
        agents: { name: string; status: string }[];
      };
      return agents.find((agent) => agent.name === name)?.status;
    } catch {
      return 'unreachable';
    }
  };

  it('become Running when the node has deployed them, and answer', async () => {
    const agent = await deploy(spec('first'));
    expect(agent).toMatchObject({
      phase: 'Running',
      ready: true,
      revision: 1,
      node: { ready: true, endpoint: null },
      status: { phase: 'Running', state: 'running', nodeAck: true, ready: true },
    });
    expect(agent.status.conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'Deployed', observedGeneration: 1 },
    ]);
    expect(await statusOnNode('first')).toBe('deployed');
    const answer = expectData(await ask('first', 'Where is order 4711?'), 200);
    expect(answer.answer).toContain('Where is order 4711?');
    const [listed] = expectData(await sdk.listAgents({ client: owner.client }), 200);
    expect(listed).toMatchObject({
      name: 'first',
      phase: 'Running',
      status: 'running',
      ready: true,
    });
  });

  it('tell what they did: status, logs and metrics', async () => {
    await deploy(spec('talker'));
    expectData(await ask('talker', 'one two three'), 200);
    const path = { name: 'talker' };
    const { client } = owner;
    const status = expectData(await sdk.getAgentStatus({ client, path }), 200);
    expect(status).toMatchObject({
      name: 'talker',
      phase: 'Running',
      nodeAck: true,
      status: 'running',
      active_conversations: 0,
      // A real node may call the model otherwise.
      model_health: NODE_UNDER_TEST === 'real' ? {} : { [model.block.model]: 'healthy' },
      uptime_seconds: expect.any(Number),
      last_message_at: expect.stringMatching(/Z$/),
      node: { name: 'talker', status: 'deployed' },
    });
    const logs = expectData(await sdk.getAgentLogs({ client, path }), 200);
    expect(logs.lines.map(({ message }) => message).join('\n')).toMatch(/Run completed in \d+ ms/);
    const metrics = expectData(
      await sdk.getAgentMetrics({ client, path, query: { period: '5m' } }),
      200,
    );
    expect(metrics).toMatchObject({
      conversations: { total: 1, completed: 1, active: 0 },
      errors: 0,
    });
    expect(metrics.tokens.total).toBe(metrics.tokens.input + metrics.tokens.output);
    expect(metrics.tokens.total).toBeGreaterThan(0);
    expect(metrics.latency_ms.p50).toBeGreaterThanOrEqual(0);
    const none = await sdk.getAgentLogs({ client, path, query: { level: 'error' } });
    expect(expectData(none, 200).lines.filter(({ level }) => level !== 'error')).toEqual([]);
  });

  it("pass the node's reason on when the model fails, and record it", async () => {
    await deploy(spec('unlucky'));
    const error = expectError(await ask('unlucky', 'fail please'), 502, 'node_error');
    expect(error.error).toMatch(/node could not do it: \S/);
    const path = { name: 'unlucky' };
    const metrics = await sdk.getAgentMetrics({ client: owner.client, path });
    expect(expectData(metrics, 200)).toMatchObject({ errors: 1, conversations: { completed: 0 } });
    const logs = await sdk.getAgentLogs({ client: owner.client, path, query: { level: 'error' } });
    expect(
      expectData(logs, 200)
        .lines.map(({ message }) => message)
        .join(),
    ).toMatch(/Run failed/);
    for (let turn = 0; turn < 10; turn++) expectData(await ask('unlucky', 'fine'), 200);
    const query = { level: 'warning', lines: 10 } as const;
    const worst = await sdk.getAgentLogs({ client: owner.client, path, query });
    const messages = expectData(worst, 200).lines.map(({ message }) => message);
    expect(messages.join()).toMatch(/Run failed/);
    expectError(await ask('nobody', 'x'), 404, 'agent_not_found');
  });

  it('serve the new spec after a change, and the node holds exactly it', async () => {
    const before = await deploy(spec('changing'));
    const next = spec('changing', { prompts: { system: 'Another one.' } });
    const updated = await put('changing', next);
    expect(updated).toMatchObject({ revision: 2, status: 'updating' });
    const after = await runningSoon('changing');
    expect(after.status.lastSyncedAt).not.toBe(before.status.lastSyncedAt);
    const held = (await (await onNode('GET', '/v1/agents/changing')).json()) as sdk.AgentSpec;
    expect(held.spec['prompts']).toEqual({ system: 'Another one.' });
    await put('changing', next);
    const same = await runningSoon('changing');
    expect(same.status.lastSyncedAt).toBe(after.status.lastSyncedAt);
  });

  it('pause and resume, and stay paused over a restart of the node', async () => {
    await deploy(spec('sleepy'));
    const path = { name: 'sleepy' };
    const { client } = owner;
    expect(expectData(await sdk.pauseAgent({ client, path }), 200).paused).toBe(true);
    await agentWhen(client, 'sleepy', ({ phase }) => phase === 'Paused', soon);
    expectError(await ask('sleepy', 'x'), 404, 'agent_not_running');
    const metrics = expectData(await sdk.getAgentMetrics({ client, path }), 200);
    expect(metrics).toMatchObject({ conversations: { total: 0, active: 0 }, errors: 0 });
    process.kill((await server.nodeOf(tenant.crName)).pid, 'SIGKILL');
    const told = async (): Promise<[told: boolean, there: boolean]> => {
      const agent = expectData(await sdk.getAgent({ client, path }), 200);
      return [agent.phase === 'Paused', (await statusOnNode('sleepy')) === 'paused'];
    };
    const isTrue = async (): Promise<boolean> => {
      const [said, there] = await told();
      return said === there;
    };
    await until('what is told is true again', isTrue, SEEN_WITHIN_MS);
    await until('the node is up and the agent paused again', async () =>
      (await told()).every(Boolean),
    );
    expectData(await sdk.resumeAgent({ client, path }), 200);
    await runningSoon('sleepy');
    expectData(await ask('sleepy', 'awake?'), 200);
  });

  it('are repaired when somebody deletes or pauses them on the node', async () => {
    await deploy(spec('attacked'));
    const isBack = async () => (await statusOnNode('attacked')) === 'deployed';
    expect((await onNode('DELETE', '/v1/agents/attacked')).status).toBe(200);
    await until('it is back', isBack, SEEN_WITHIN_MS);
    await runningSoon('attacked');
    expect((await onNode('POST', '/v1/agents/attacked/pause')).status).toBe(200);
    await until('it is deployed', isBack, SEEN_WITHIN_MS);
    const answer = await until('it answers', async () => (await ask('attacked', 'hello')).data);
    expect(answer.answer).toContain('hello');
  });

  it('leave the agents alone that others put on the node', async () => {
    const foreign = { ...spec('foreign'), metadata: { name: 'foreign' } };
    expect((await onNode('POST', '/v1/agents', foreign)).status).toBe(201);
    await deploy(spec('ours'));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await statusOnNode('foreign')).toBe('draft');
    const listed = expectData(await sdk.listAgents({ client: owner.client }), 200);
    expect(listed.map(({ name }) => name)).not.toContain('foreign');
  });

  it('say why when the node refuses them, and heal with a better spec', async () => {
    const bad = spec('stubborn', { tools: [{ type: 'builtin', name: 'no_such_tool' }] });
    expectData(await sdk.createAgent({ client: owner.client, body: bad }), 201);
    const isFailed = ({ phase }: sdk.Agent) => phase === 'Failed';
    const failed = await agentWhen(owner.client, 'stubborn', isFailed, soon);
    expect(failed).toMatchObject({ ready: false, status: { nodeAck: false, state: 'failed' } });
    expect(failed.status.conditions.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
    await put('stubborn', spec('stubborn'));
    await runningSoon('stubborn');
  });

  it('are Degraded while the chain of a neighbour is broken, and no longer', async () => {
    const { client } = owner;
    const neighbour = spec('broken', { chain: { on_complete: [{ agent: 'nobody' }] } });
    expect((await onNode('POST', '/v1/agents', neighbour)).status).toBe(201);
    expectData(await sdk.createAgent({ client, body: spec('good') }), 201);
    const types = ({ status }: sdk.Agent): string[] => status.conditions.map(({ type }) => type);
    const degraded = await agentWhen(client, 'good', (agent) => types(agent).includes('Degraded'));
    expect(degraded).toMatchObject({ phase: 'Running', ready: true });
    expectData(await ask('good', 'still there?'), 200);
    await new Promise((resolve) => setTimeout(resolve, SEEN_WITHIN_MS));
    const later = expectData(await sdk.getAgent({ client, path: { name: 'good' } }), 200);
    expect(later.status).toEqual(degraded.status);
    expect((await onNode('DELETE', '/v1/agents/broken')).status).toBe(200);
    await agentWhen(client, 'good', (agent) => !types(agent).includes('Degraded'));
  });

  it('are sent in the order of their references, and taken off in the reverse one', async () => {
    const { client } = owner;
    expectData(await sdk.createAgent({ client, body: spec('last') }), 201);
    const chain = (agent: string) => ({ chain: { on_complete: [{ agent }] } });
    expectData(await sdk.createAgent({ client, body: spec('middle', chain('last')) }), 201);
    expectData(await sdk.createAgent({ client, body: spec('front', chain('middle')) }), 201);
    for (const name of ['front', 'middle', 'last']) {
      const agent = await runningSoon(name);
      expect(agent.status.conditions.map(({ type }) => type)).toEqual(['Ready']);
    }
    for (const name of ['front', 'middle', 'last']) {
      expectData(await sdk.deleteAgent({ client, path: { name } }), 200);
    }
    for (const name of ['front', 'middle', 'last']) {
      const isOff = async () => (await statusOnNode(name)) === undefined;
      await until(`${name} is off the node`, isOff, TOLD_WITHIN_MS);
    }
    expect(await statusOnNode('first')).toBe('deployed');
  });

  it('of a name that is used again replace what was there', async () => {
    await deploy(spec('phoenix'));
    const { client } = owner;
    expectData(await sdk.deleteAgent({ client, path: { name: 'phoenix' } }), 200);
    const again = spec('phoenix', { prompts: { system: 'Reborn.' } });
    const agent = await deploy(again);
    expect(agent.revision).toBe(1);
    const held = (await (await onNode('GET', '/v1/agents/phoenix')).json()) as sdk.AgentSpec;
    expect(held.spec['prompts']).toEqual({ system: 'Reborn.' });
  });

  it('stop with a suspended tenant and come back with it', async () => {
    const { client } = owner;
    const path = { id: tenant.id };
    const { pid } = await server.nodeOf(tenant.crName);
    const suspended = await sdk.updateTenant({ client, path, body: { suspend: true } });
    expectData(suspended, 200);
    const [, stopped] = await Promise.all([
      agentWhen(client, 'first', ({ phase }) => phase === 'Stopped', soon),
      tenantWhen(client, tenant.id, ({ phase }) => phase === 'Suspended', TOLD_WITHIN_MS),
    ]);
    expect(stopped.ready).toBe(false);
    expect(runs(pid)).toBe(false);
    expectError(await ask('first', 'x'), 502, 'node_unreachable');
    const resumed = await sdk.updateTenant({ client, path, body: { suspend: false } });
    const { generation } = expectData(resumed, 200);
    // The node may take longer to come up; that it is on its way is told.
    const isObserved = ({ conditions }: sdk.Tenant) =>
      conditions[0]?.observedGeneration === generation;
    const back = await tenantWhen(client, tenant.id, isObserved, TOLD_WITHIN_MS);
    expect(['Provisioning', 'Ready']).toContain(back.phase);
    await tenantWhen(client, tenant.id, ({ ready }) => ready);
    await runningSoon('first');
    expectData(await ask('first', 'back?'), 200);
  });

  it('show the address of the node to admins alone', async () => {
    const admin = await theAdmin(server);
    const path = { id: tenant.id };
    const seen = expectData(await sdk.getTenant({ client: admin.client, path }), 200);
    expect(seen.nodeEndpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(expectData(await sdk.getTenant({ client: owner.client, path }), 200)).toMatchObject({
      nodeEndpoint: null,
      ready: true,
      nodeVersion: expect.any(String),
    });
  });

  it('go with their tenant: process, folder and rows', async () => {
    const { client } = owner;
    const other = await readyTenant(client, 'Short-lived');
    const headers = { 'x-tenant-id': other.id };
    expectData(await sdk.createAgent({ client, body: spec('doomed'), headers }), 201);
    await agentWhen(client, 'doomed', isRunning, { ...soon, headers });
    const { pid } = await server.nodeOf(other.crName);
    expectData(await sdk.deleteTenant({ client, path: { id: other.id } }), 200);
    const isGone = async () => {
      const { response } = await sdk.getTenant({ client, path: { id: other.id } });
      return response?.status === 403;
    };
    await until('the tenant is gone', isGone, TOLD_WITHIN_MS);
    expect(runs(pid)).toBe(false);
    await expect(readFile(server.nodeFolder(other.crName))).rejects.toThrow('ENOENT');
    const admin = await theAdmin(server);
    const gone = await sdk.getTenant({ client: admin.client, path: { id: other.id } });
    expectError(gone, 404, 'tenant_not_found');
  });

  it('are quiet once they are as wanted', async () => {
    const { client } = owner;
    const before = expectData(await sdk.listAgents({ client }), 200);
    const versions = await Promise.all(
      before.map(({ name }) => onNode('GET', `/v1/agents/${name}`)),
    );
    expect(versions.every(({ ok }) => ok)).toBe(true);
    const [synced] = expectData(await sdk.listAgents({ client }), 200);
    const path = { name: synced?.name ?? '' };
    const first = expectData(await sdk.getAgent({ client, path }), 200);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(expectData(await sdk.getAgent({ client, path }), 200)).toEqual(first);
  });
});
