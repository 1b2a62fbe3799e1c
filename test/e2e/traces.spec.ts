import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  type Person,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { readEvents } from '../support/events.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { TestServer } from '../support/server.js';

/** More than one check of the node. */
const CHECKS_MS = 4_500;

// Runs that were made past the API, on the node under test, and how far back the answer goes.
describe(`traces of a ${NODE_UNDER_TEST} node`, () => {
  let server: TestServer;
  let model: Model;
  let slowModel: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start();
    model = await startModel();
    slowModel = await startModel(1_000);
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
    await slowModel.close();
  });

  const deploy = async (name: string, block = model.block): Promise<void> => {
    const body = echoSpec(name, { model: { primary: block } });
    expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    await agentWhen(owner.client, name, isRunning);
  };
  const onNode = async (method: string, at: string, body?: unknown): Promise<Response> => {
    const { port, token } = await server.nodeOf(tenant.crName);
    return fetch(`http://127.0.0.1:${port}${at}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  };
  const pastUs = async (name: string, query: string, session = 'default'): Promise<void> => {
    const body = { query, session_id: session };
    await (await onNode('POST', `/v1/agents/${name}/run`, body)).text();
  };
  const metricsOf = async (name: string) =>
    expectData(await sdk.getAgentMetrics({ client: owner.client, path: { name } }), 200);
  const totalIs = (name: string, total: number) =>
    until(`${name} has ${total} runs`, async () => {
      return (await metricsOf(name)).conversations.total === total;
    });

  it('become records of the agents, once each', async () => {
    await deploy('watched');
    await pastUs('watched', 'one two', 's1');
    await pastUs('watched', 'fail please');
    await totalIs('watched', 2);
    await sleep(CHECKS_MS);
    const metrics = await metricsOf('watched');
    expect(metrics).toMatchObject({
      conversations: { total: 2, completed: 1, active: 0 },
      tokens: { input: 7, output: 5 },
      errors: 1,
    });
    expect(metrics.coverage).toEqual({ from: expect.stringMatching(/Z$/), complete: true });
    const logs = await sdk.getAgentLogs({ client: owner.client, path: { name: 'watched' } });
    const text = expectData(logs, 200)
      .lines.map(({ message }) => message)
      .join('\n');
    expect(text).toMatch(/Run completed in \d+ ms/);
    expect(text).toMatch(/Run failed after \d+ ms/);
  });

  it('of runs through us are not counted again, however those ended', async () => {
    await deploy('ours');
    await deploy('slow', slowModel.block);
    const path = { name: 'ours' };
    const body = { query: 'plain' };
    expectData(await sdk.runAgent({ client: owner.client, path, body }), 200);
    const failed = await sdk.runAgent({
      client: owner.client,
      path,
      body: { query: 'fail please', session_id: 'mine' },
    });
    expect(failed.response?.status).toBe(502);
    const stream = (name: string) =>
      readEvents(server, `/api/v1/agents/${name}/run`, { headers: owner.headers, body });
    await (
      await stream('ours')
    ).ended;
    await pastUs('ours', 'another one');
    const left = await stream('slow');
    await until('the model is asked', async () => slowModel.asked() > 0);
    left.leave();
    // Checks of the node fall into a run that is under way.
    const whole = await stream('slow');
    await whole.ended;
    await totalIs('ours', 4);
    await totalIs('slow', 2);
    await sleep(CHECKS_MS);
    expect(await metricsOf('ours')).toMatchObject({
      conversations: { total: 4, completed: 3 },
      tokens: { input: 21, output: 15 },
      errors: 1,
    });
    expect((await metricsOf('slow')).conversations).toMatchObject({ total: 2, active: 0 });
  });

  it('of agents that somebody else put there are none of ours', async () => {
    const foreign = echoSpec('stranger', { model: { primary: model.block } });
    expect((await onNode('POST', '/v1/agents', foreign)).status).toBe(201);
    expect((await onNode('POST', '/v1/agents/stranger/deploy')).status).toBe(200);
    await pastUs('stranger', 'one');
    await deploy('neighbour');
    await pastUs('neighbour', 'two');
    await totalIs('neighbour', 1);
    expect((await onNode('DELETE', '/v1/agents/stranger')).status).toBe(200);
    await deploy('stranger');
    await sleep(CHECKS_MS);
    expect((await metricsOf('stranger')).conversations.total).toBe(0);
  });

  it('are counted once over a restart of the server, too', async () => {
    await pastUs('watched', 'three');
    await totalIs('watched', 3);
    await server.kill();
    await server.run();
    owner.client = clientOf(server, owner.headers);
    await pastUs('watched', 'four');
    await totalIs('watched', 4);
    await sleep(CHECKS_MS);
    expect((await metricsOf('watched')).conversations.total).toBe(4);
    expect((await metricsOf('watched')).coverage.complete).toBe(true);
  });

  it('that were lost with their node are said to be', async () => {
    const before = await metricsOf('watched');
    expect(before.coverage.complete).toBe(true);
    const { pid } = await server.nodeOf(tenant.crName);
    const killedAt = new Date().toISOString();
    process.kill(pid, 'SIGKILL');
    const after = await until('the gap is known', async () => {
      const metrics = await metricsOf('watched');
      return metrics.coverage.complete ? undefined : metrics;
    });
    expect(after.coverage.from >= killedAt).toBe(true);
    expect(after.conversations.total).toBe(before.conversations.total);
    await deploy('young');
    expect((await metricsOf('young')).coverage.complete).toBe(true);
  });
});
