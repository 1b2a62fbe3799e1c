import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  type Person,
  raw,
  readyTenant,
  sdk,
  theAdmin,
  until,
} from '../support/api.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { TestServer } from '../support/server.js';
import { openClient, socketClient } from '../support/web-socket.js';
import { head, refusedForGood } from '../support/wire.js';

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};
const PATH = '/api/v1/agents/talker/run/stream';

// Runs over a WebSocket, on the node under test.
describe(`a WebSocket to a ${NODE_UNDER_TEST} node`, () => {
  let server: TestServer;
  let model: Model;
  let slowModel: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start({ environment: { NEXUS_SHUTDOWN_GRACE: '5' } });
    model = await startModel();
    slowModel = await startModel(1_500);
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    for (const [name, block] of [
      ['talker', model.block],
      ['thinker', slowModel.block],
      ['doomed', model.block],
    ] as const) {
      const body = echoSpec(name, { model: { primary: block } });
      expectData(await sdk.createAgent({ client: owner.client, body }), 201);
      await agentWhen(owner.client, name, isRunning);
    }
  });
  afterAll(async () => {
    await server.close();
    await model.close();
    await slowModel.close();
  });

  const token = (): string => owner.session.accessToken;
  const refusal = async (
    path: string,
    headers: Record<string, string>,
    protocols: string[] = [],
  ) => {
    const answer = await openClient(server, path, headers, protocols);
    if ('frames' in answer) throw new Error('It should have been refused');
    expect(answer.type).toMatch(/^application\/json/);
    expect(answer.body['requestId']).toBe(answer.requestId);
    expect(answer.body['error']).toMatch(/\w/);
    return [answer.status, answer.body['code']];
  };

  it('carries one run after the other', async () => {
    const client = await socketClient(server, PATH, { ...owner.headers });
    client.ask({ query: 'first', session_id: 's' });
    client.ask({ query: 'second' });
    const first = await client.frame('done');
    expect(first).toMatchObject({ answer: 'You said: first', usage: { tokens_in: 7 } });
    expect(await client.frame('done', 2)).toMatchObject({ answer: 'You said: second' });
    expect(client.frames[0]).toMatchObject({ type: 'status', status: 'processing' });
    client.socket.close();
    expect(await client.closed).toBe(1005);
    const path = { name: 'talker' };
    const metrics = await sdk.getAgentMetrics({ client: owner.client, path });
    expect(expectData(metrics, 200)).toMatchObject({
      conversations: { total: 2, completed: 2 },
      tokens: { input: 14, output: 10 },
    });
  });

  it('is there below the tenant, and with a key or a token of a browser', async () => {
    const made = await sdk.createTenantKey({
      client: owner.client,
      path: { id: tenant.id },
      body: { label: 'robot' },
    });
    const { rawKey } = expectData(made, 201);
    const below = `/api/v1/tenants/${tenant.crName}/agents/talker/run/stream`;
    const clients = await Promise.all([
      socketClient(server, below, { ...owner.headers }),
      socketClient(server, PATH, { 'x-api-key': rawKey }),
      socketClient(server, PATH, {}, ['bearer', token()]),
      socketClient(server, PATH, {}, ['bearer', rawKey]),
    ]);
    expect(clients.map(({ protocol }) => protocol)).toEqual(['', '', 'bearer', 'bearer']);
    for (const client of clients) {
      client.ask({ query: 'hello' });
      expect(await client.frame('done')).toMatchObject({ answer: 'You said: hello' });
      client.socket.close();
      await client.closed;
    }
  });

  it('is refused in HTTP before it opens', async () => {
    const { headers } = owner;
    const stranger = await newPerson(server);
    expect(await refusal('/api/v1/agents', { ...headers })).toEqual([404, 'route_not_found']);
    expect(await refusal('/api/v1/agents/x/run', { ...headers })).toEqual([404, 'route_not_found']);
    expect(await refusal(PATH, {})).toEqual([401, 'credential_required']);
    expect(await refusal(PATH, { authorization: 'Bearer nonsense' })).toEqual([
      401,
      'credential_invalid',
    ]);
    expect(await refusal(PATH, {}, ['bearer', 'nonsense'])).toEqual([401, 'credential_invalid']);
    expect(await refusal(PATH, { ...headers }, ['bearer', 'other'])).toEqual([
      400,
      'ambiguous_credentials',
    ]);
    expect(await refusal(PATH, { 'x-api-key': 'nxk_a' }, ['bearer', token()])).toEqual([
      400,
      'ambiguous_credentials',
    ]);
    const nobody = PATH.replace('talker', 'nobody');
    expect(await refusal(nobody, { ...headers })).toEqual([404, 'agent_not_found']);
    expect(await refusal(`${PATH}?session=x`, { ...headers })).toEqual([400, 'invalid_request']);
    expect(await refusal(PATH.replace('talker', '%zz'), { ...headers })).toEqual([
      400,
      'invalid_url',
    ]);
    expect(await refusal(PATH, { ...stranger.headers })).toEqual([400, 'tenant_required']);
    const below = `/api/v1/tenants/${tenant.id}/agents/talker/run/stream`;
    expect(await refusal(below, { ...stranger.headers })).toEqual([404, 'tenant_not_found']);
    const other = { ...headers, 'x-tenant-id': 't_00000000000000000000000000' };
    expect(await refusal(below, other)).toEqual([400, 'tenant_mismatch']);
    const odd = await raw(server, 'GET', PATH, { headers });
    expect(odd.response.status).toBe(404);
    const reader = expectData(
      await sdk.createTenantKey({
        client: owner.client,
        path: { id: tenant.id },
        body: { label: 'reader', scopes: ['agents:read'] },
      }),
      201,
    );
    const reading = { 'x-api-key': reader.rawKey };
    expect(await refusal(PATH, reading)).toEqual([403, 'permission_missing']);
    const { client } = await theAdmin(server);
    const query = { action: 'streamAgentRun', outcome: 'refused' } as const;
    const entries = await until('both refusals are in the audit', async () => {
      const found = expectData(await sdk.listAudit({ client, query }), 200);
      return found.length === 2 ? found : undefined;
    });
    expect(entries.map(({ actor, target, tenantId }) => [actor.label, target, tenantId])).toEqual([
      ['reader', PATH, tenant.id],
      [stranger.session.user.email, below, null],
    ]);
    const named = { displayName: 'Of a stranger' };
    const foreign = expectData(
      await sdk.createTenant({ client: stranger.client, body: named }),
      201,
    );
    for (const id of [foreign.id, 't_00000000000000000000000000']) {
      const there = below.replace(tenant.id, id);
      expect(await refusal(there, reading)).toEqual([404, 'tenant_not_found']);
      const header = { ...reading, 'x-tenant-id': id };
      expect(await refusal(PATH, header)).toEqual([404, 'tenant_not_found']);
    }
  });

  it('answers a bad message with our error, and goes on', async () => {
    const client = await socketClient(server, PATH, { ...owner.headers, 'x-request-id': 'mine' });
    for (const message of ['{', '[]', {}, { query: '' }, { query: 'x', more: 1 }, { query: 1 }]) {
      client.ask(message);
    }
    const error = await client.frame('error', 6);
    expect(error['requestId']).toBe('mine');
    expect(client.requestId).toBe('mine');
    expect(client.frames.map(({ code }) => code)).toEqual([
      'invalid_json',
      ...Array.from({ length: 5 }, () => 'invalid_request'),
    ]);
    expect(client.frames[4]).toMatchObject({ errors: ['more is not a known key'] });
    client.ask({ query: 'fail please' });
    expect(await client.frame('error', 7)).toMatchObject({ code: 'node_error' });
    client.ask({ query: 'fine' });
    await client.frame('done');
    client.socket.close();
  });

  it('takes no more than it can hold', async () => {
    const big = await socketClient(server, PATH, { ...owner.headers });
    big.ask({ query: 'x'.repeat(300_000) });
    expect(await big.closed).toBe(1009);
    const binary = await socketClient(server, PATH, { ...owner.headers });
    binary.socket.send(Buffer.from('{"query":"x"}'), { binary: true });
    expect(await binary.closed).toBe(1003);
    const eager = await socketClient(server, PATH.replace('talker', 'thinker'), {
      ...owner.headers,
    });
    for (let i = 0; i < 20; i++) eager.ask({ query: `number ${i}` });
    expect(await eager.frame('error', 3)).toMatchObject({ code: 'too_many_messages' });
    eager.socket.terminate();
  });

  it("ends the node's run when the client leaves", async () => {
    const path = { name: 'thinker' };
    const metrics = async () =>
      expectData(await sdk.getAgentMetrics({ client: owner.client, path }), 200).conversations;
    await until('nothing runs', async () => (await metrics()).active === 0);
    const before = await metrics();
    const abandoned = slowModel.abandoned();
    const asked = slowModel.asked();
    const at = PATH.replace('talker', 'thinker');
    const client = await socketClient(server, at, { ...owner.headers });
    client.ask({ query: 'a long story' });
    await until('the model is asked', async () => slowModel.asked() > asked);
    client.socket.terminate();
    await until('it is recorded', async () => (await metrics()).total === before.total + 1);
    expect((await metrics()).completed).toBe(before.completed);
    if (NODE_UNDER_TEST === 'real') {
      process.stdout.write('Left out: the real node asks its model to the end once it began.\n');
      return;
    }
    await until('the model is left alone', async () => slowModel.abandoned() > abandoned);
  });

  it('ends when the session does, or the agent', async () => {
    const { client: api } = owner;
    const person = await sdk.login({
      client: clientOf(server),
      body: { email: owner.session.user.email, password: 'a password of the tests' },
    });
    const session = expectData(person, 200);
    const headers = { authorization: `Bearer ${session.accessToken}` };
    const client = await socketClient(server, PATH, headers);
    client.ask({ query: 'one' });
    await client.frame('done');
    const logout = await sdk.logout({ client: clientOf(server, headers), body: {} });
    expect(logout.response?.status).toBe(204);
    client.ask({ query: 'two' });
    expect((await client.frame('error'))['code']).toBe('credential_invalid');
    expect(await client.closed).toBe(1008);
    const doomed = await socketClient(server, PATH.replace('talker', 'doomed'), {
      ...owner.headers,
    });
    expectData(await sdk.deleteAgent({ client: api, path: { name: 'doomed' } }), 200);
    doomed.ask({ query: 'still there?' });
    expect((await doomed.frame('error'))['code']).toBe('agent_not_found');
    expect(await doomed.closed).toBe(1008);
  });

  it('says goodbye when the server stops: at once, or when the run has ended', async () => {
    await refusedForGood(server, head(`GET ${PATH} HTTP/1.1`, UPGRADE));
    await refusedForGood(server, head('CONNECT nexus.test:443 HTTP/1.1'));
    const idle = await socketClient(server, PATH, { ...owner.headers });
    const at = PATH.replace('talker', 'thinker');
    const busy = await socketClient(server, at, { ...owner.headers });
    busy.ask({ query: 'the last words' });
    await busy.frame('status');
    const stopped = server.stop();
    expect(await idle.closed).toBe(1001);
    expect(await busy.closed).toBe(1001);
    expect(busy.frames.at(-1)).toMatchObject({ type: 'done', answer: 'You said: the last words' });
    expect(await stopped).toBe(0);
    await server.run();
  });
});
