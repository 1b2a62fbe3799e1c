import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  newPerson,
  type Person,
  raw,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { startModelServer } from '../support/model-server.js';
import { TestServer } from '../support/server.js';

const set = async ({ client }: Person, id: string, name: string, value: string) =>
  sdk.setVariable({ client, path: { id, name }, body: { value } });
const remove = async ({ client }: Person, id: string, name: string) =>
  sdk.deleteVariable({ client, path: { id, name } });
const list = async ({ client }: Person, id: string) =>
  expectData(await sdk.listVariables({ client, path: { id } }), 200);
const tenantOf = async ({ client }: Person, id: string) =>
  expectData(await sdk.getTenant({ client, path: { id } }), 200);

describe('variables', () => {
  let server: TestServer;
  let owner: Person;
  let id: string;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    owner = await newPerson(server);
    const body = { displayName: 'One' };
    ({ id } = expectData(await sdk.createTenant({ client: owner.client, body }), 201));
  });
  afterAll(() => server.close());

  it('are set, listed without values, changed and deleted, each once', async () => {
    const before = (await tenantOf(owner, id)).generation;
    const made = expectData(await set(owner, id, 'MODEL_KEY', 'sk-first'), 200);
    expect(made).toEqual({
      name: 'MODEL_KEY',
      createdAt: made.createdAt,
      updatedAt: made.createdAt,
    });
    expect(expectData(await set(owner, id, 'MODEL_KEY', 'sk-first'), 200)).toEqual(made);
    expect((await tenantOf(owner, id)).generation).toBe(before + 1);
    const changed = expectData(await set(owner, id, 'MODEL_KEY', 'sk-second'), 200);
    expect(changed.createdAt).toBe(made.createdAt);
    expect(changed.updatedAt > made.updatedAt).toBe(true);
    expectData(await set(owner, id, 'A_CERTIFICATE', '-----BEGIN\n…\n-----END\n'), 200);
    expect((await list(owner, id)).map(({ name }) => name)).toEqual(['A_CERTIFICATE', 'MODEL_KEY']);
    expect((await tenantOf(owner, id)).generation).toBe(before + 3);
    expect(expectData(await remove(owner, id, 'MODEL_KEY'), 200)).toEqual({ deleted: 'MODEL_KEY' });
    expectError(await remove(owner, id, 'MODEL_KEY'), 404, 'variable_not_found');
    expect((await list(owner, id)).map(({ name }) => name)).toEqual(['A_CERTIFICATE']);
    expect((await tenantOf(owner, id)).generation).toBe(before + 4);
    expectData(await remove(owner, id, 'A_CERTIFICATE'), 200);
  });

  it.each(['lower', '1ST', 'A-B', 'A%20B', '%01', 'Ä', 'A'.repeat(129)])(
    'cannot be named %s',
    async (name) => {
      const at = `/api/v1/tenants/${id}/variables/${name}`;
      const headers = { ...owner.headers, 'content-type': 'application/json' };
      const answer = await raw(server, 'PUT', at, { headers, body: '{"value":"x"}' });
      expectError(answer, 400, 'invalid_request');
    },
  );

  it.each(['PATH', 'NODE_OPTIONS', 'LD_PRELOAD', 'NEXUS_NODE_DENY_PORTS', 'ASTROMESH_ROLE'])(
    'cannot take the place of %s, and say why',
    async (name) => {
      const error = expectError(await set(owner, id, name, 'x'), 400, 'invalid_request');
      expect(error.issues).toMatchObject([{ path: 'name' }]);
      expect(error.issues?.[0]?.message).toMatch(/^is reserved: \w/);
    },
  );

  it.each([
    ['nothing', ''],
    ['a NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800'],
    ['more than 16 KiB', 'é'.repeat(8193)],
  ])('cannot hold %s', async (_what, value) => {
    const error = expectError(await set(owner, id, 'X', value), 400, 'invalid_request');
    expect(error.issues?.map(({ path }) => path)).toContain('value');
    expect(await list(owner, id)).toEqual([]);
  });

  it('hold 16 KiB each, and are 64 at most, also when they are set at once', async () => {
    const { client } = owner;
    const body = { displayName: 'Many' };
    const many = expectData(await sdk.createTenant({ client, body }), 201).id;
    expectData(await set(owner, many, 'LARGE', 'x'.repeat(16 * 1024)), 200);
    const answers = await Promise.all(
      Array.from({ length: 70 }, (_, n) => set(owner, many, `V${n}`, 'x')),
    );
    expect(answers.filter(({ response }) => response?.status === 200)).toHaveLength(63);
    expectError(await set(owner, many, 'MORE', 'x'), 409, 'variable_limit');
    expectData(await set(owner, many, 'LARGE', 'y'), 200);
    const query = { limit: 60 };
    const page = await sdk.listVariables({ client, path: { id: many }, query });
    expect(page.response?.headers.get('x-total-count')).toBe('64');
    const next = /<([^>]+)>; rel="next"/.exec(page.response?.headers.get('link') ?? '')?.[1] ?? '';
    const rest = await raw(server, 'GET', next, owner);
    expect(rest.error).toHaveLength(4);
  });
});

describe('variables of a running node', () => {
  let server: TestServer;
  let owner: Person;
  beforeAll(async () => {
    server = await TestServer.start();
    owner = await newPerson(server);
  });
  afterAll(() => server.close());

  const environmentOf = async (crName: string): Promise<Record<string, string>> => {
    const { pid } = await server.nodeOf(crName);
    const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
  };
  const restart = async (environment: Record<string, string>) => {
    await server.stop();
    await server.run(environment);
    owner = { ...owner, client: clientOf(server, owner.headers) };
  };
  const settled = async (id: string) =>
    until('the tenant is as wanted', async () => {
      const tenant = await tenantOf(owner, id);
      const done = tenant.observedGeneration === tenant.generation && tenant.ready;
      return done ? tenant : undefined;
    });

  it('are in its environment after a restart, and gone after the next', async () => {
    const { id, crName } = await readyTenant(owner.client);
    const first = await server.nodeOf(crName);
    const value = 'a value = with\nlines and ünïcode';
    expectData(await set(owner, id, 'MODEL_KEY', value), 200);
    await settled(id);
    const second = await server.nodeOf(crName);
    expect(second.pid).not.toBe(first.pid);
    expect(await environmentOf(crName)).toMatchObject({ MODEL_KEY: value });
    expectData(await set(owner, id, 'MODEL_KEY', value), 200);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await settled(id);
    expect((await server.nodeOf(crName)).pid).toBe(second.pid);
    expectData(await remove(owner, id, 'MODEL_KEY'), 200);
    await settled(id);
    expect((await server.nodeOf(crName)).pid).not.toBe(second.pid);
    expect(await environmentOf(crName)).not.toHaveProperty('MODEL_KEY');
  });

  it('are the keys of agents, and stand in no answer, log, audit or file', async () => {
    const { id, crName } = await readyTenant(owner.client);
    const secret = `sk-${'s3cret'.repeat(5)}`;
    const model = await startModelServer((response) => {
      const message = { role: 'assistant', content: 'done' };
      response.setHeader('content-type', 'application/json');
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 };
      response.end(JSON.stringify({ id: '1', object: 'chat.completion', choices, usage }));
    });
    expectData(await set(owner, id, 'MODEL_KEY', secret), 200);
    await settled(id);
    const headers = { 'x-tenant-id': id };
    const primary = {
      provider: 'openai_compat',
      model: 'm',
      endpoint: `${model.url}/v1`,
      api_key_env: 'MODEL_KEY',
    };
    const body = echoSpec('keyed', { model: { primary } });
    expectData(await sdk.createAgent({ client: owner.client, body, headers }), 201);
    await agentWhen(owner.client, 'keyed', isRunning, { headers });
    const path = { name: 'keyed' };
    const run = await sdk.runAgent({
      client: owner.client,
      path,
      headers,
      body: { query: 'hello' },
    });
    expectData(run, 200);
    expect(model.requests.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`);
    const told = [
      JSON.stringify(await list(owner, id)),
      JSON.stringify(await tenantOf(owner, id)),
      JSON.stringify((await sdk.getAgentLogs({ client: owner.client, path, headers })).data),
      server.lines.join('\n'),
      readFileSync(`${server.nodeFolder(crName)}/child.json`, 'utf8'),
    ];
    for (const text of told) expect(text).not.toContain(secret);
  });

  it('that no key opens stall the tenant until they are set anew', async () => {
    const { id, crName } = await readyTenant(owner.client);
    expectData(await set(owner, id, 'ONE', 'first'), 200);
    expectData(await set(owner, id, 'TWO', 'second'), 200);
    await settled(id);
    await restart({ NEXUS_ENCRYPTION_KEY: '1'.repeat(64) });
    const stalled = await until('the tenant is stalled', async () => {
      const { conditions, ...tenant } = await tenantOf(owner, id);
      const condition = conditions.find(({ type }) => type === 'Stalled');
      return condition && { ...condition, tenant };
    });
    expect(stalled).toMatchObject({ status: 'True', reason: 'VariablesUnreadable' });
    expect(stalled.message).toContain('ONE, TWO: set or delete them');
    expect(stalled.tenant).toMatchObject({ phase: 'Error', ready: false });
    expect(await list(owner, id)).toHaveLength(2);
    expectData(await set(owner, id, 'ONE', 'anew'), 200);
    expectData(await remove(owner, id, 'TWO'), 200);
    await settled(id);
    const environment = await environmentOf(crName);
    expect(environment).toMatchObject({ ONE: 'anew' });
    expect(environment).not.toHaveProperty('TWO');
  });

  it('are sealed anew when the key changes, so that the one before can be dropped', async () => {
    const { id, crName } = await readyTenant(owner.client);
    expectData(await set(owner, id, 'KEPT', 'through changes'), 200);
    await settled(id);
    const key = { NEXUS_ENCRYPTION_KEY: '2'.repeat(64) };
    await restart({ ...key, NEXUS_ENCRYPTION_KEY_PREVIOUS: '1'.repeat(64) });
    await restart({ ...key, NEXUS_ENCRYPTION_KEY_PREVIOUS: '' });
    await until('the node is back', async () => (await tenantOf(owner, id)).ready);
    expect(await environmentOf(crName)).toMatchObject({ KEPT: 'through changes' });
  });

  it('go with their tenant', async () => {
    const { id } = await readyTenant(owner.client);
    expectData(await set(owner, id, 'GONE', 'soon'), 200);
    expectData(await sdk.deleteTenant({ client: owner.client, path: { id } }), 200);
    expectError(await set(owner, id, 'GONE', 'x'), 409, 'tenant_deleting');
    await until('the tenant is gone', async () => {
      const { response } = await sdk.getTenant({ client: owner.client, path: { id } });
      return response?.status === 403;
    });
  });
});
