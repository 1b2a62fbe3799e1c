import { connect } from 'node:net';
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
} from '../support/api.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { TestServer } from '../support/server.js';

// The node of a tenant through the API, for tools that speak to nodes.
describe(`a ${NODE_UNDER_TEST} node behind the API`, () => {
  let server: TestServer;
  let model: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start();
    model = await startModel();
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    const body = echoSpec('bot', { model: { primary: model.block } });
    expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    await agentWhen(owner.client, 'bot', isRunning);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
  });

  const at = (path: string): string => `/api/v1/tenants/${tenant.id}/node${path}`;
  const get = (path: string, headers: Record<string, string> = { ...owner.headers }) =>
    raw(server, 'GET', at(path), { headers });
  const send = (method: string, path: string, body: unknown) =>
    raw(server, method, at(path), {
      headers: { ...owner.headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('is read as it answers', async () => {
    const list = await get('/v1/agents');
    expect(list.response.status, list.text).toBe(200);
    expect(list.response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(list.response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(list.error).toMatchObject({
      agents: expect.arrayContaining([
        expect.objectContaining({ name: 'bot', status: 'deployed' }),
      ]),
    });
    const one = await get('/v1/agents/bot');
    expect(one.error).toMatchObject({ kind: 'Agent', metadata: { name: 'bot' } });
    expect((await get('/v1/system/status')).error).toMatchObject({
      uptime_seconds: expect.any(Number),
    });
    const byCrName = await raw(server, 'GET', `/api/v1/tenants/${tenant.crName}/node/v1/health`, {
      headers: owner.headers,
    });
    expect(byCrName.error).toMatchObject({ status: 'ok' });
  });

  it('runs agents, which is counted when the trace is read', async () => {
    const answer = await sdk.runOnNode({
      client: owner.client,
      path: { id: tenant.id, name: 'bot' },
      body: { query: 'hello', session_id: 's' },
    });
    expect(expectData(answer, 200)).toMatchObject({ answer: 'You said: hello' });
    const traces = await get('/v1/traces/?agent=bot&limit=1');
    expect((traces.error as { traces: object[] }).traces).toHaveLength(1);
    await expect
      .poll(
        async () => {
          const path = { name: 'bot' };
          const metrics = await sdk.getAgentMetrics({ client: owner.client, path });
          return expectData(metrics, 200).conversations.total;
        },
        { timeout: 15_000 },
      )
      .toBe(1);
  });

  it('fails in our shape, with its own detail', async () => {
    const missing = await get('/v1/agents/nobody');
    const error = expectError(missing, 404, 'node_error');
    expect(error['detail']).toMatch(/nobody/);
    const odd = await get('/v1/traces/?limit=5000');
    expect(expectError(odd, 400, 'node_error')['detail']).toBeInstanceOf(Array);
    const failed = await send('POST', '/v1/agents/bot/run', { query: 'fail please' });
    expectError(failed, 502, 'node_error');
    expectError(
      await send('POST', '/v1/agents/bot/run', { session_id: 's' }),
      400,
      'invalid_request',
    );
  });

  it('is not changed through here', async () => {
    const calls = [
      await send('POST', '/v1/agents', echoSpec('intruder')),
      await send('POST', '/v1/agents/bot/deploy', {}),
      await send('POST', '/v1/agents/bot/pause', {}),
      await send('PUT', '/v1/agents/bot', echoSpec('bot')),
      await send('PATCH', '/v1/agents/bot', {}),
      await raw(server, 'DELETE', at('/v1/agents/bot'), { headers: owner.headers }),
      await raw(server, 'OPTIONS', at('/v1/agents/bot'), { headers: owner.headers }),
    ];
    for (const call of calls) {
      const error = expectError(call, 405, 'method_not_allowed');
      expect(error.error).toMatch(/agent routes/);
      expect(call.response.headers.get('allow')).toBe('GET');
    }
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const call = await raw(server, method, at('/v1/agents/bot/run'), { headers: owner.headers });
      expectError(call, 405, 'method_not_allowed');
      expect(call.response.headers.get('allow'), method).toBe('POST');
    }
    expect((await get('/v1/agents/intruder')).response.status).toBe(404);
    expect((await get('/v1/agents/bot')).response.status).toBe(200);
  });

  it.each([
    '/v1/agents/..%2f..%2fdocs',
    '/v1/agents/%2e%2e%2fx',
    '/v1/agents//bot',
    '/v1/agents/bot%2Frun',
    '/v1/agents/%252e%252e',
    '/v1/agents/%5c',
  ])('is not reached at %s', async (path) => {
    expectError(await get(path), 400, 'invalid_request');
  });

  it.each(['/v1/../docs', '/v1/%2e%2e/docs', '/v1/agents/./bot'])(
    'is not reached at %s by a client that sends it so',
    async (path) => {
      const { hostname, port } = new URL(server.url);
      const text = await new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname);
        let answer = '';
        socket.on('data', (chunk) => (answer += chunk.toString()));
        socket.on('end', () => resolve(answer)).on('error', reject);
        const authorization = owner.headers['authorization'] ?? '';
        socket.write(
          `GET ${at(path)} HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\nconnection: close\r\n\r\n`,
        );
      });
      expect(text).toMatch(/^HTTP\/1\.1 400 /);
      expect((await get('/docs')).response.status).toBe(404);
    },
  );

  it('is for those who may run its agents', async () => {
    const stranger = await newPerson(server);
    const [foreign, absent] = await Promise.all([
      get('/v1/agents', { ...stranger.headers }),
      raw(server, 'GET', '/api/v1/tenants/t_00000000000000000000000000/node/v1/agents', {
        headers: stranger.headers,
      }),
    ]);
    const { requestId: _one, ...first } = expectError(foreign, 404, 'tenant_not_found');
    const { requestId: _two, ...second } = expectError(absent, 404, 'tenant_not_found');
    expect(first).toEqual(second);
    expectError(await get('/v1/agents', {}), 401, 'credential_required');
    const made = await sdk.createTenantKey({
      client: owner.client,
      path: { id: tenant.id },
      body: { label: 'reader', scopes: ['agents:read'] },
    });
    const client = clientOf(server, { 'x-api-key': expectData(made, 201).rawKey });
    const path = { id: tenant.id, path: 'agents' };
    expectError(await sdk.readNode({ client, path }), 403, 'permission_missing');
    const other = { ...owner.headers, 'x-tenant-id': 't_00000000000000000000000000' };
    expectError(await get('/v1/agents', other), 400, 'tenant_mismatch');
  });

  it('that is away is a 502', async () => {
    const path = { id: tenant.id };
    const body = { suspend: true };
    expectData(await sdk.updateTenant({ client: owner.client, path, body }), 200);
    await expect
      .poll(async () => (await get('/v1/agents')).response.status, { timeout: 15_000 })
      .toBe(502);
    expectError(await get('/v1/agents'), 502, 'node_unreachable');
  });
});
