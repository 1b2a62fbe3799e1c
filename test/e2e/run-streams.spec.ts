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
  until,
} from '../support/api.js';
import { readEvents } from '../support/events.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { TestServer } from '../support/server.js';

// Runs whose answer comes as server-sent events, on the node under test.
describe(`a stream of events from a ${NODE_UNDER_TEST} node`, () => {
  let server: TestServer;
  let model: Model;
  let slowModel: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start();
    model = await startModel();
    slowModel = await startModel(3_000);
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    for (const [name, block] of [
      ['talker', model.block],
      ['thinker', slowModel.block],
      ['sleeper', model.block],
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

  const ask = (name: string, body: object, headers = owner.headers) =>
    readEvents(server, `/api/v1/agents/${name}/run`, { headers, body });
  const metricsOf = async (name: string) =>
    expectData(await sdk.getAgentMetrics({ client: owner.client, path: { name } }), 200);

  it('tells what happens and ends with the plain answer, recorded like any run', async () => {
    const before = await metricsOf('talker');
    const { response, ended } = await ask('talker', { query: 'one two', session_id: 's1' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-request-id')).toMatch(/./);
    const events = await ended;
    expect(events[0]).toMatchObject({
      event: 'status',
      data: { status: 'processing', agent: 'talker' },
    });
    const done = events.at(-1);
    expect(done?.event).toBe('done');
    expect(done?.data).toMatchObject({
      answer: 'You said: one two',
      steps: expect.any(Array),
      usage: { tokens_in: 7, tokens_out: 5 },
      trace: null,
    });
    const tokens = events.filter(({ event }) => event === 'token');
    expect(['', 'You said: one two']).toContain(tokens.map(({ data }) => data['content']).join(''));
    const after = await metricsOf('talker');
    expect(after.conversations.completed).toBe(before.conversations.completed + 1);
    expect(after.tokens.total).toBe(before.tokens.total + 12);
  });

  it('is in the log since a time in the midst of it', async () => {
    const reader = await ask('thinker', { query: 'a long story' });
    await until('it began', async () => reader.seen.length > 0);
    const query = { since: new Date().toISOString() };
    await reader.ended;
    const path = { name: 'thinker' };
    const logs = await sdk.getAgentLogs({ client: owner.client, path, query });
    const messages = expectData(logs, 200).lines.map(({ message }) => message);
    expect(messages.join()).toMatch(/Run completed in \d+ ms/);
  });

  it('is there below the tenant, too', async () => {
    const path = `/api/v1/tenants/${tenant.id}/agents/talker/run`;
    const body = { query: 'hello' };
    const { ended } = await readEvents(server, path, { headers: owner.headers, body });
    expect((await ended).at(-1)).toMatchObject({
      event: 'done',
      data: { answer: 'You said: hello' },
    });
  });

  it('of a run with context is its beginning and its end', async () => {
    const { ended } = await ask('talker', { query: 'hello', context: { city: 'Bern' } });
    const events = await ended;
    expect(events.map(({ event }) => event)).toEqual(['status', 'done']);
    expect(events.at(-1)?.data).toMatchObject({
      answer: 'You said: hello',
      trace: { trace_id: expect.any(String) },
    });
  });

  it('does not begin when the run cannot', async () => {
    const path = { name: 'sleeper' };
    expectData(await sdk.pauseAgent({ client: owner.client, path }), 200);
    await agentWhen(owner.client, 'sleeper', ({ phase }) => phase === 'Paused');
    const stranger = await newPerson(server);
    const refused = async (name: string, body: object, headers = owner.headers) => {
      const types = { accept: 'text/event-stream', 'content-type': 'application/json' };
      return raw(server, 'POST', `/api/v1/agents/${name}/run`, {
        headers: { ...types, ...headers },
        body: JSON.stringify(body),
      });
    };
    const query = 'x';
    expectError(await refused('nobody', { query }), 404, 'agent_not_found');
    expectError(await refused('sleeper', { query }), 404, 'agent_not_running');
    expectError(await refused('sleeper', { query, context: {} }), 404, 'agent_not_running');
    expectError(await refused('talker', { question: query }), 400, 'invalid_request');
    expectError(await refused('talker', { query }, {}), 401, 'credential_required');
    expectError(await refused('talker', { query }, stranger.headers), 400, 'tenant_required');
  });

  it('ends with our error when the model fails, and the run is recorded as failed', async () => {
    const before = await metricsOf('talker');
    const { response, ended } = await ask('talker', { query: 'fail please' });
    expect(response.status).toBe(200);
    const last = (await ended).at(-1);
    expect(last).toMatchObject({
      event: 'error',
      data: {
        error: expect.stringMatching(/node could not do it: \S/),
        code: 'node_error',
        requestId: response.headers.get('x-request-id'),
      },
    });
    expect((await metricsOf('talker')).errors).toBe(before.errors + 1);
  });

  it("ends the node's run when the caller leaves, and records that", async () => {
    const abandoned = slowModel.abandoned();
    const before = await metricsOf('thinker');
    const asked = slowModel.asked();
    const reader = await ask('thinker', { query: 'a long story' });
    await until('it began', async () => reader.seen.length > 0 && slowModel.asked() > asked);
    expect((await metricsOf('thinker')).conversations.active).toBe(1);
    reader.leave();
    await until('it is recorded', async () => {
      const { total, active } = (await metricsOf('thinker')).conversations;
      return total === before.conversations.total + 1 && active === 0;
    });
    expect(await metricsOf('thinker')).toMatchObject({
      conversations: { completed: before.conversations.completed, active: 0 },
      errors: 0,
    });
    const logs = await sdk.getAgentLogs({ client: owner.client, path: { name: 'thinker' } });
    expect(
      expectData(logs, 200)
        .lines.map(({ message }) => message)
        .join(),
    ).toMatch(/Run cancelled after \d+ ms/);
    if (NODE_UNDER_TEST === 'real') {
      process.stdout.write('Left out: the real node asks its model to the end once it began.\n');
      return;
    }
    await until('the model is left alone', async () => slowModel.abandoned() > abandoned);
  });
});
