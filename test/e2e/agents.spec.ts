import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

const YAML = { 'content-type': 'application/yaml' };
const JSON_TYPE = { 'content-type': 'application/json' };

// What the API says and keeps of agents; no node is needed for it.
describe('agents', () => {
  let server: TestServer;
  let owner: Person;
  let tenantId: string;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    owner = await newPerson(server);
    const body = { displayName: 'Care', resourceQuota: { maxAgents: 500 } };
    tenantId = expectData(await sdk.createTenant({ client: owner.client, body }), 201).id;
  });
  afterAll(() => server.close());

  const create = (body: sdk.AgentSpec) => sdk.createAgent({ client: owner.client, body });
  const send = (
    method: string,
    path: string,
    type: Record<string, string>,
    body: string | Uint8Array,
  ) => raw(server, method, path, { headers: { ...owner.headers, ...type }, body });

  it('are created from YAML and shown in both notations', async () => {
    const text = await readFile('samples/agents/support-bot.yaml', 'utf8');
    const created = await send('POST', '/api/v1/agents', YAML, text);
    expect(created.response.status, created.text).toBe(201);
    expect(created.response.headers.get('etag')).toBe('"1"');
    expect(created.error).toMatchObject({
      name: 'support-bot',
      version: '1.0.0',
      revision: 1,
      status: 'pending',
      phase: 'Pending',
      created_at: expect.stringMatching(/Z$/),
    });
    expect(created.error).not.toHaveProperty('warnings');
    const path = { name: 'support-bot' };
    const agent = expectData(await sdk.getAgent({ client: owner.client, path }), 200);
    expect(agent).toMatchObject({
      model: 'ollama/llama3.1:8b',
      status: { phase: 'Pending', state: 'pending', nodeAck: false, lastSyncedAt: null },
      ready: false,
      node: { endpoint: null, ready: false },
    });
    expect(agent.manifest).toEqual(agent.spec);
    expect(agent.spec.metadata['labels']).toEqual({ team: 'care' });
  });

  it.each(['application/x-yaml', 'text/yaml', 'application/yaml; charset=utf-8'])(
    'are taken as %s',
    async (type) => {
      const name = `y-${type.replace(/\W+/g, '-')}`;
      const body = JSON.stringify(echoSpec(name.slice(0, 30).replace(/-$/, '')));
      const answer = await send('POST', '/api/v1/agents', { 'content-type': type }, body);
      expect(answer.response.status, answer.text).toBe(201);
    },
  );

  it('keep what is unusual, and say so', async () => {
    const created = expectData(await create(echoSpec('odd', { mystery: 1 })), 201);
    expect(created.warnings).toEqual(['spec.mystery is not a known key']);
    const agent = await sdk.getAgent({ client: owner.client, path: { name: 'odd' } });
    expect(expectData(agent, 200).spec.spec['mystery']).toBe(1);
  });

  it('keep metadata that is of no use to us', async () => {
    const { client } = await newPerson(server);
    expectData(await sdk.createTenant({ client, body: { displayName: 'Odd' } }), 201);
    const metadata = { name: 'odd', namespace: 5, labels: { '': {}, team: 'one' } };
    expectData(await sdk.createAgent({ client, body: { ...echoSpec('odd'), metadata } }), 201);
    const shown = expectData(await sdk.getAgent({ client, path: { name: 'odd' } }), 200);
    expect(shown.spec.metadata).toEqual(metadata);
    const query = { label: 'team=one' };
    expect(expectData(await sdk.listAgents({ client, query }), 200)).toHaveLength(1);
  });

  it('are refused with the place of every fault of the bad samples', async () => {
    const text = await readFile('samples/agents/bad-agents.yaml', 'utf8');
    const documents = text.split(/^---$/m);
    expect(documents).toHaveLength(6);
    for (const document of documents) {
      const path = /# path: (\S+)/.exec(document)?.[1] ?? '';
      const answer = await send('POST', '/api/v1/agents', YAML, document);
      const error = expectError(answer, 400, 'invalid_agent_spec');
      expect(
        error.errors?.some((line) => line.startsWith(`${path} `)),
        path,
      ).toBe(true);
      expect(error.issues?.map((issue) => issue.path)).toContain(path);
    }
  });

  it.each([
    ['two documents', YAML, 'a: 1\n---\nb: 2', 400],
    ['no JSON', JSON_TYPE, '{"a":', 400],
    ['a key twice', JSON_TYPE, '{"kind":"Agent","kind":"Agent"}', 400],
    ['invalid UTF-8', YAML, new Uint8Array([0x61, 0x3a, 0x20, 0xff]), 400],
    ['depth', JSON_TYPE, '['.repeat(5000), 400],
    ['__proto__', JSON_TYPE, '{"__proto__":{"a":1}}', 400],
    ['nothing', YAML, '', 400],
    ['null', YAML, 'null', 400],
    ['more than 256 KiB', YAML, `a: ${'x'.repeat(257 * 1024)}`, 413],
    ['another type', { 'content-type': 'text/plain' }, 'a: 1', 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1', 415],
  ])('are refused with %s', async (_what, type, body, status) => {
    const answer = await send('POST', '/api/v1/agents', type, body);
    expect(answer.response.status, answer.text).toBe(status);
    expect(answer.error).toMatchObject({ code: expect.any(String), requestId: expect.any(String) });
  });

  it('of one name are created once, however many try', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(echoSpec('unique'))));
    const statuses = answers.map(({ response }) => response?.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(9);
    expectError(await create(echoSpec('unique')), 409, 'agent_exists');
  });

  it('fill the quota exactly under 50 concurrent creates', async () => {
    const person = await newPerson(server);
    const { client } = person;
    const body = { displayName: 'Small', resourceQuota: { maxAgents: 7 } };
    const { id } = expectData(await sdk.createTenant({ client, body }), 201);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        sdk.createAgent({ client, body: echoSpec(`q-${index}`) }),
      ),
    );
    const made = answers.filter(({ response }) => response?.status === 201);
    expect(made).toHaveLength(7);
    for (const answer of answers.filter(({ response }) => response?.status !== 201)) {
      expectError(answer, 409, 'agent_quota_exceeded');
    }
    expect(expectData(await sdk.listAgents({ client }), 200)).toHaveLength(7);
    expect(expectData(await sdk.getTenant({ client, path: { id } }), 200).agentCount).toBe(7);
    const [first] = expectData(await sdk.listAgents({ client }), 200);
    expectData(await sdk.deleteAgent({ client, path: { name: first?.name ?? '' } }), 200);
    expectData(await sdk.createAgent({ client, body: echoSpec('room-again') }), 201);
  });

  it('are replaced: a new revision for a new spec, none for an equal one', async () => {
    expectData(await create(echoSpec('changing')), 201);
    const put = (spec: sdk.AgentSpec, ifMatch?: string) =>
      raw(server, 'PUT', '/api/v1/agents/changing', {
        headers: { ...owner.headers, ...JSON_TYPE, ...(ifMatch && { 'if-match': ifMatch }) },
        body: JSON.stringify(spec),
      });
    const second = echoSpec('changing', { prompts: { system: 'two' } });
    const changed = await put(second);
    expect(changed.response.status, changed.text).toBe(200);
    expect(changed.error).toEqual({
      name: 'changing',
      namespace: expect.stringMatching(/^tenant-/),
      version: '1.0.0',
      revision: 2,
      status: 'updating',
      updatedAt: expect.stringMatching(/Z$/),
    });
    expect(changed.response.headers.get('etag')).toBe('"2"');
    expect((await put(second)).error).toMatchObject({ revision: 2 });
    expectError(await put(echoSpec('changing'), '"1"'), 412, 'revision_stale');
    expect((await put(echoSpec('changing'), '"2"')).error).toMatchObject({ revision: 3 });
    expectError(await put(echoSpec('another')), 400, 'invalid_agent_spec');
    const missing = { client: owner.client, path: { name: 'missing' }, body: echoSpec('missing') };
    expectError(await sdk.replaceAgent(missing), 404, 'agent_not_found');
  });

  it('remember their specs and go back to one of them', async () => {
    const { client } = owner;
    const path = { name: 'versioned' };
    expectData(await create(echoSpec('versioned')), 201);
    const body = echoSpec('versioned', { prompts: { system: 'two' } });
    expectData(await sdk.replaceAgent({ client, path, body }), 200);
    const reverted = await sdk.revertAgent({ client, path: { ...path, n: 1 } });
    expect(expectData(reverted, 200).revision).toBe(3);
    const versions = expectData(await sdk.listAgentVersions({ client, path }), 200);
    expect(versions.map(({ revision, current }) => [revision, current])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
    expect(versions[0]?.spec).toEqual(versions[2]?.spec);
    const agent = expectData(await sdk.getAgent({ client, path }), 200);
    expect(agent.spec).toEqual(echoSpec('versioned'));
    expectError(
      await sdk.revertAgent({ client, path: { ...path, n: 9 } }),
      404,
      'revision_not_found',
    );
    expectError(await sdk.revertAgent({ client, path: { ...path, n: 0 } }), 400, 'invalid_request');
  });

  it('cannot be deleted while another names them, nor name what is not there', async () => {
    const { client } = owner;
    const chain = (agent: string) => ({ chain: { on_complete: [{ agent }] } });
    expectData(await create(echoSpec('helper')), 201);
    expectData(await create(echoSpec('boss', chain('helper'))), 201);
    const path = { name: 'helper' };
    const inUse = expectError(await sdk.deleteAgent({ client, path }), 409, 'agent_in_use');
    expect(inUse['referrers']).toEqual(['boss']);
    const missing = expectError(
      await create(echoSpec('lost', chain('nobody'))),
      400,
      'invalid_agent_spec',
    );
    expect(missing.issues?.[0]?.path).toBe('spec.chain.on_complete[0].agent');
    const cycle = { client, path, body: echoSpec('helper', chain('boss')) };
    const refused = expectError(await sdk.replaceAgent(cycle), 400, 'invalid_agent_spec');
    expect(refused.error).toContain('helper → boss → helper');
    const self = await create(
      echoSpec('selfish', { tools: [{ type: 'agent', name: 's', agent: 'selfish' }] }),
    );
    expectError(self, 400, 'invalid_agent_spec');
    expectData(await sdk.deleteAgent({ client, path: { name: 'boss' } }), 200);
    expectData(await sdk.deleteAgent({ client, path }), 200);
  });

  it('are refused with a chain that no node would start with', async () => {
    const empty = await create(echoSpec('empty', { chain: { on_complete: [] } }));
    const issues = expectError(empty, 400, 'invalid_agent_spec').issues;
    expect(issues?.map(({ path }) => path)).toEqual(['spec.chain.on_complete']);
    const chain = (agent: string, more = {}) => ({
      chain: { on_complete: [{ agent }], ...more },
    });
    expectData(await create(echoSpec('link-3')), 201);
    expectData(await create(echoSpec('link-2', chain('link-3'))), 201);
    expectData(await create(echoSpec('link-1', chain('link-2', { max_depth: 2 }))), 201);
    expectData(await create(echoSpec('link-4')), 201);
    const { client } = owner;
    const longer = { client, path: { name: 'link-3' }, body: echoSpec('link-3', chain('link-4')) };
    const refused = expectError(await sdk.replaceAgent(longer), 400, 'invalid_agent_spec');
    expect(refused.error).toContain('link-1 → link-2 → link-3');
    for (const name of ['link-1', 'link-2', 'link-3', 'link-4']) {
      expectData(await sdk.deleteAgent({ client, path: { name } }), 200);
    }
  });

  it('check references of a former spec when it is reverted to', async () => {
    const { client } = owner;
    expectData(await create(echoSpec('gone')), 201);
    const path = { name: 'nostalgic' };
    expectData(
      await create(echoSpec('nostalgic', { chain: { on_complete: [{ agent: 'gone' }] } })),
      201,
    );
    expectData(await sdk.replaceAgent({ client, path, body: echoSpec('nostalgic') }), 200);
    expectData(await sdk.deleteAgent({ client, path: { name: 'gone' } }), 200);
    const answer = await sdk.revertAgent({ client, path: { ...path, n: 1 } });
    expectError(answer, 400, 'invalid_agent_spec');
  });

  it('are invisible at once when deleted, and their name is free', async () => {
    const { client } = owner;
    const path = { name: 'mayfly' };
    expectData(await create(echoSpec('mayfly')), 201);
    expect(expectData(await sdk.deleteAgent({ client, path }), 200)).toEqual({ deleted: 'mayfly' });
    expectError(await sdk.getAgent({ client, path }), 404, 'agent_not_found');
    expectError(await sdk.deleteAgent({ client, path }), 404, 'agent_not_found');
    expect(expectData(await create(echoSpec('mayfly')), 201).revision).toBe(1);
  });

  it('are listed in pages that stand still, filtered by phase and label', async () => {
    const person = await newPerson(server);
    const { client } = person;
    expectData(await sdk.createTenant({ client, body: { displayName: 'Pages' } }), 201);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const spec = echoSpec(name);
      const labels = { team: name < 'c' ? 'x_y' : 'xzy', 'q"': '%' };
      const body = { ...spec, metadata: { ...spec.metadata, labels } };
      expectData(await sdk.createAgent({ client, body }), 201);
    }
    const seen: string[] = [];
    let url: string | undefined = '/api/v1/agents?limit=2';
    while (url !== undefined) {
      const page = await raw(server, 'GET', url, { headers: person.headers });
      seen.push(...(page.error as { name: string }[]).map(({ name }) => name));
      url = /<([^>]+)>/.exec(page.response.headers.get('link') ?? '')?.[1];
      if (seen.length === 2) {
        expectData(await sdk.createAgent({ client, body: echoSpec('a-before') }), 201);
        expectData(await sdk.deleteAgent({ client, path: { name: 'd' } }), 200);
      }
    }
    expect(seen).toEqual(['a', 'b', 'c', 'e']);
    const names = async (query: { label?: string; phase?: 'Pending' | 'Running' }) =>
      expectData(await sdk.listAgents({ client, query }), 200).map(({ name }) => name);
    expect(await names({ label: 'team=x_y' })).toEqual(['a', 'b']);
    expect(await names({ label: 'q"=%' })).toEqual(['a', 'b', 'c', 'e']);
    expect(await names({ label: 'team' })).toEqual(['a', 'b', 'c', 'e']);
    expect(await names({ label: 'tea' })).toEqual([]);
    expect(await names({ phase: 'Running' })).toEqual([]);
    const page = await raw(server, 'GET', '/api/v1/agents?limit=1', { headers: person.headers });
    const next = /<([^>]+)>/.exec(page.response.headers.get('link') ?? '')?.[1] ?? '';
    const mixed = await raw(server, 'GET', `${next}&phase=Running`, { headers: person.headers });
    expectError(mixed, 400, 'invalid_request');
    const forged = await raw(server, 'GET', '/api/v1/agents?cursor=AAAA', {
      headers: person.headers,
    });
    expectError(forged, 400, 'invalid_request');
  });

  it('of another tenant are as absent as any', async () => {
    const stranger = await newPerson(server);
    expectData(
      await sdk.createTenant({ client: stranger.client, body: { displayName: 'x' } }),
      201,
    );
    const path = { name: 'support-bot' };
    expectError(await sdk.getAgent({ client: stranger.client, path }), 404, 'agent_not_found');
    const namespace = expectData(
      await sdk.getTenant({ client: owner.client, path: { id: tenantId } }),
      200,
    ).crName;
    const spec = echoSpec('by-namespace');
    const body = { ...spec, metadata: { ...spec.metadata, namespace } };
    const created = expectData(await sdk.createAgent({ client: stranger.client, body }), 201);
    expect(created.namespace).not.toBe(namespace);
  });

  it('cannot be asked while there is no node', async () => {
    const path = { name: 'support-bot' };
    const run = await sdk.runAgent({ client: owner.client, path, body: { query: 'x' } });
    expectError(run, 502, 'node_unreachable');
    expectError(await sdk.getAgentStatus({ client: owner.client, path }), 502, 'node_unreachable');
    const metrics = await sdk.getAgentMetrics({ client: owner.client, path });
    expect(expectData(metrics, 200).conversations).toEqual({ total: 0, active: 0, completed: 0 });
  });

  it('have a document that a client can be made from, and a page to look at', async () => {
    const document = await raw(server, 'GET', '/openapi.json');
    const committed = await readFile('docs/openapi.json', 'utf8');
    expect(document.error).toEqual(JSON.parse(committed));
    expect((document.error as { openapi: string }).openapi).toBe('3.1.0');
    const page = await raw(server, 'GET', '/docs');
    expect(page.response.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('swagger-ui');
  });

  it('answer what the framework refuses in the same shape', async () => {
    const request = (method: string, path: string) =>
      raw(server, method, path, { headers: owner.headers });
    expectError(await request('GET', '/nowhere'), 404, 'route_not_found');
    expectError(await request('GET', '/api/v1/agents/%zz'), 400, 'invalid_url');
    const wrong = await request('DELETE', '/api/v1/agents');
    expectError(wrong, 405, 'method_not_allowed');
    expect(wrong.response.headers.get('allow')).toBe('GET, HEAD, POST');
    const long = await request('GET', `/api/v1/agents/${'a'.repeat(9000)}`);
    expect(long.response.status).toBe(414);
    expect(long.error).toMatchObject({ code: 'uri_too_long' });
    const id = await raw(server, 'GET', '/healthz', { headers: { 'x-request-id': 'mine-1' } });
    expect(id.response.headers.get('x-request-id')).toBe('mine-1');
    const odd = await raw(server, 'GET', '/healthz', { headers: { 'x-request-id': 'a b' } });
    expect(odd.response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('leave no credential in the log', () => {
    const log = server.lines.join('\n');
    expect(log).not.toMatch(/nxk_[\w-]{20}|rt_[\w-]{20}|eyJ[\w-]{20}|a password of the tests/);
  });
});
