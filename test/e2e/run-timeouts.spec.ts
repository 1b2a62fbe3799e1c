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
} from '../support/api.js';
import { readEvents } from '../support/events.js';
import { type Model, startModel } from '../support/model.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { TestServer } from '../support/server.js';
import { socketClient } from '../support/web-socket.js';

// What takes longer than it may, on the node under test.
describe(`a ${NODE_UNDER_TEST} node that does not answer in time`, () => {
  let server: TestServer;
  let model: Model;
  let owner: Person;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start({ environment: { NEXUS_RUN_TIMEOUT: '1' } });
    model = await startModel(20_000);
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    const body = echoSpec('slow', { model: { primary: model.block } });
    expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    await agentWhen(owner.client, 'slow', isRunning);
  });
  afterAll(async () => {
    await server.close();
    await model.close();
  });

  const body = { query: 'a long story' };
  const failures = async (): Promise<number> => {
    const path = { name: 'slow' };
    return expectData(await sdk.getAgentMetrics({ client: owner.client, path }), 200).errors;
  };

  it('is a 504 of a run, which is recorded as failed', async () => {
    const { client } = owner;
    const before = await failures();
    expectError(await sdk.runAgent({ client, path: { name: 'slow' }, body }), 504, 'node_timeout');
    expect(await failures()).toBe(before + 1);
    const path = { id: tenant.id, name: 'slow' };
    expectError(await sdk.runAgentInTenant({ client, path, body }), 504, 'node_timeout');
    expectError(await sdk.runOnNode({ client, path, body }), 504, 'node_timeout');
  });

  it('ends streams with an error', async () => {
    const { headers } = owner;
    const at = '/api/v1/agents/slow/run';
    const { response, ended } = await readEvents(server, at, { headers, body });
    expect(response.status).toBe(200);
    expect((await ended).at(-1)).toMatchObject({ event: 'error', data: { code: 'node_timeout' } });
    const socket = await socketClient(server, `${at}/stream`, { ...headers });
    socket.ask(body);
    expect(await socket.frame('error')).toMatchObject({ code: 'node_timeout' });
    socket.socket.close();
    await socket.closed;
  });

  it('is a 504 of its status when it hangs', async () => {
    const { pid } = await server.nodeOf(tenant.crName);
    process.kill(pid, 'SIGSTOP');
    try {
      const path = { name: 'slow' };
      expectError(await sdk.getAgentStatus({ client: owner.client, path }), 504, 'node_timeout');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});
