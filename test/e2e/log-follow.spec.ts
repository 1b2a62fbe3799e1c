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
import { type EventReader, readEvents, type SeenEvent } from '../support/events.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { TestServer } from '../support/server.js';

// The log of an agent, followed while it runs on the node under test.
describe(`the log of an agent on a ${NODE_UNDER_TEST} node`, () => {
  let server: TestServer;
  let model: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start();
    model = await startModel();
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
  });

  const deploy = async (name: string): Promise<void> => {
    const body = echoSpec(name, { model: { primary: model.block } });
    expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    await agentWhen(owner.client, name, isRunning);
  };
  const ask = (name: string, query: string) =>
    sdk.runAgent({ client: owner.client, path: { name }, body: { query } });
  const follow = (name: string, more = '', headers: Record<string, string> = {}) =>
    readEvents(server, `/api/v1/agents/${name}/logs?follow=true${more}`, {
      headers: { ...owner.headers, ...headers },
    });
  const runLines = ({ seen }: { seen: SeenEvent[] }): string[] =>
    seen.map(({ data }) => String(data['message'])).filter((text) => /^Run (c|f)/.test(text));
  const runsSeen = (reader: EventReader, count: number): Promise<unknown> =>
    until(`${count} runs are seen`, async () => runLines(reader).length >= count);
  const settled = () => new Promise((resolve) => setTimeout(resolve, 1_500));

  it('begins with the newest lines and goes on with those that come', async () => {
    await deploy('busy');
    for (const query of ['one', 'two', 'three']) expectData(await ask('busy', query), 200);
    const head = await raw(server, 'HEAD', '/api/v1/agents/busy/logs?follow=true', {
      headers: owner.headers,
    });
    expect(head.response.status).toBe(200);
    const reader = await follow('busy');
    expect(reader.response.status).toBe(200);
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await runsSeen(reader, 3);
    expect((await ask('busy', 'fail please')).response?.status).toBe(502);
    await runsSeen(reader, 4);
    await settled();
    reader.leave();
    expect(runLines(reader)).toHaveLength(4);
    expect(runLines(reader).at(-1)).toMatch(/^Run failed/);
    expect(reader.seen.every(({ event }) => event === 'line')).toBe(true);
    expect(new Set(reader.seen.map(({ id }) => id)).size).toBe(reader.seen.length);
    expect(reader.seen.at(-1)?.data).toMatchObject({
      timestamp: expect.stringMatching(/Z$/),
      level: expect.any(String),
    });
    const plain = await sdk.getAgentLogs({ client: owner.client, path: { name: 'busy' } });
    const key = ({ timestamp, message }: Record<string, unknown>) => [timestamp, message].join(' ');
    expect(reader.seen.map(({ data }) => key(data)).sort()).toEqual(
      expectData(plain, 200).lines.map(key).sort(),
    );
  });

  it('is read on without loss or doubling, wherever the reader left', async () => {
    await deploy('resumed');
    for (const query of ['one', 'two']) expectData(await ask('resumed', query), 200);
    const first = await follow('resumed');
    await runsSeen(first, 2);
    first.leave();
    await first.ended;
    for (const query of ['three', 'four']) expectData(await ask('resumed', query), 200);
    const whole = await follow('resumed');
    await runsSeen(whole, 4);
    await settled();
    whole.leave();
    const keyOf = ({ data }: SeenEvent) => [data['timestamp'], data['message']].join(' ');
    const all = whole.seen.map(keyOf).sort();
    for (const { id = '' } of first.seen) {
      const before = first.seen.slice(0, first.seen.findIndex((event) => event.id === id) + 1);
      const again = await follow('resumed', '', { 'last-event-id': id });
      await until('the rest is seen', async () => before.length + again.seen.length >= all.length);
      again.leave();
      expect([...before, ...again.seen].map(keyOf).sort()).toEqual(all);
    }
    const last = whole.seen.at(-1)?.id ?? '';
    const nothing = await follow('resumed', '', { 'last-event-id': last });
    await settled();
    expect(nothing.seen).toEqual([]);
    expectData(await ask('resumed', 'five'), 200);
    await runsSeen(nothing, 1);
    nothing.leave();
  });

  it('shows only what its filters let through', async () => {
    await deploy('filtered');
    expectData(await ask('filtered', 'fine'), 200);
    await ask('filtered', 'fail please');
    const errors = await follow('filtered', '&level=error');
    await runsSeen(errors, 1);
    expectData(await ask('filtered', 'fine again'), 200);
    await ask('filtered', 'fail please');
    await runsSeen(errors, 2);
    errors.leave();
    expect(new Set(errors.seen.map(({ data }) => data['level']))).toEqual(new Set(['error']));
    const since = new Date().toISOString();
    const late = await follow('filtered', `&since=${since}&lines=5`);
    expectData(await ask('filtered', 'now'), 200);
    await runsSeen(late, 1);
    late.leave();
    expect(late.seen.every(({ data }) => String(data['timestamp']) >= since)).toBe(true);
    const two = await follow('filtered', '&lines=2');
    await until('two lines', async () => two.seen.length >= 2);
    await settled();
    two.leave();
    expect(two.seen).toHaveLength(2);
  });

  it('is not followed by whoever may not, or with what makes no sense', async () => {
    await deploy('guarded');
    const stranger = await newPerson(server);
    const path = '/api/v1/agents/guarded/logs?follow=true';
    const get = (at: string, headers: Record<string, string>) =>
      raw(server, 'GET', at, { headers });
    const mine = { ...owner.headers };
    expectError(await get(path, {}), 401, 'credential_required');
    const below = `/api/v1/tenants/${tenant.id}/agents/guarded/logs?follow=true`;
    expectError(await get(below, { ...stranger.headers }), 404, 'tenant_not_found');
    expectError(await get(path.replace('guarded', 'nobody'), mine), 404, 'agent_not_found');
    const odd = { ...mine, 'last-event-id': 'something' };
    expectError(await get(path, odd), 400, 'invalid_request');
    expectError(await get(`${path}&follow=maybe`, mine), 400, 'invalid_request');
    expectError(await get(path.replace('true', 'yes'), mine), 400, 'invalid_request');
  });

  it('ends when access is lost, the agent is deleted, or the server stops', async () => {
    await deploy('ending');
    await deploy('staying');
    const made = await sdk.createTenantKey({
      client: owner.client,
      path: { id: tenant.id },
      body: { label: 'reader' },
    });
    const { rawKey, hash } = expectData(made, 201);
    const path = '/api/v1/agents/staying/logs?follow=true';
    const byKey = await readEvents(server, path, { headers: { 'x-api-key': rawKey } });
    const deleted = await follow('ending');
    const staying = await follow('staying');
    const revoked = await sdk.revokeTenantKey({
      client: owner.client,
      path: { id: tenant.id, hash },
    });
    expectData(revoked, 200);
    expectData(await sdk.deleteAgent({ client: owner.client, path: { name: 'ending' } }), 200);
    expect((await byKey.ended).at(-1)).toMatchObject({
      event: 'error',
      data: { code: 'credential_invalid' },
    });
    expect((await deleted.ended).at(-1)).toMatchObject({
      event: 'error',
      data: { code: 'agent_not_found', requestId: deleted.response.headers.get('x-request-id') },
    });
    const stopped = server.stop();
    await staying.ended;
    expect(staying.seen.every(({ event }) => event === 'line')).toBe(true);
    expect(await stopped).toBe(0);
    await server.run();
  });
});
