import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
  theAdmin,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

// Every agent route is there once more, with the tenant in the path; no node is needed for it.
describe('agents below a tenant', () => {
  let server: TestServer;
  let owner: Person;
  let first: sdk.Tenant;
  let second: sdk.Tenant;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    owner = await newPerson(server);
    const make = async (displayName: string) =>
      expectData(await sdk.createTenant({ client: owner.client, body: { displayName } }), 201);
    first = await make('First');
    second = await make('Second');
  });
  afterAll(() => server.close());

  it('are created, shown, changed and deleted there, and nowhere else', async () => {
    const { client } = owner;
    const at = { id: first.id, name: 'bot' };
    const created = await sdk.createAgentInTenant({ client, path: at, body: echoSpec('bot') });
    expect(expectData(created, 201)).toMatchObject({ namespace: first.crName, revision: 1 });
    const byCrName = { id: first.crName, name: 'bot' };
    const shown = await sdk.getAgentInTenant({ client, path: byCrName });
    expect(expectData(shown, 200)).toMatchObject({ name: 'bot', namespace: first.crName });
    expect(shown.response?.headers.get('etag')).toBe('"1"');
    const elsewhere = await sdk.getAgentInTenant({ client, path: { id: second.id, name: 'bot' } });
    expectError(elsewhere, 404, 'agent_not_found');
    const next = echoSpec('bot', { prompts: { system: 'Other.' } });
    const put = await sdk.replaceAgentInTenant({ client, path: at, body: next });
    expect(expectData(put, 200).revision).toBe(2);
    const versions = await sdk.listAgentVersionsInTenant({ client, path: at });
    expect(expectData(versions, 200).map(({ revision }) => revision)).toEqual([2, 1]);
    const back = await sdk.revertAgentInTenant({ client, path: { ...at, n: 1 } });
    expect(expectData(back, 200).revision).toBe(3);
    expect(expectData(await sdk.pauseAgentInTenant({ client, path: at }), 200).paused).toBe(true);
    expect(expectData(await sdk.resumeAgentInTenant({ client, path: at }), 200).paused).toBe(false);
    expect(expectData(await sdk.getAgentLogsInTenant({ client, path: at }), 200).lines).toEqual([]);
    const metrics = await sdk.getAgentMetricsInTenant({ client, path: at });
    expect(expectData(metrics, 200).conversations.total).toBe(0);
    expectError(await sdk.getAgentStatusInTenant({ client, path: at }), 502, 'node_unreachable');
    const body = { query: 'x' };
    expectError(await sdk.runAgentInTenant({ client, path: at, body }), 502, 'node_unreachable');
    expect(expectData(await sdk.deleteAgentInTenant({ client, path: at }), 200)).toEqual({
      deleted: 'bot',
    });
    expectError(await sdk.getAgentInTenant({ client, path: at }), 404, 'agent_not_found');
  });

  it('are paged with a link that stays below the tenant', async () => {
    const { client } = owner;
    const path = { id: second.id };
    for (const name of ['a', 'b', 'c']) {
      expectData(await sdk.createAgentInTenant({ client, path, body: echoSpec(name) }), 201);
    }
    const page = await sdk.listAgentsInTenant({ client, path, query: { limit: 2 } });
    expect(expectData(page, 200).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(page.response?.headers.get('x-total-count')).toBe('3');
    const link = /^<(.*)>; rel="next"$/.exec(page.response?.headers.get('link') ?? '')?.[1] ?? '';
    expect(link).toMatch(new RegExp(`^/api/v1/tenants/${second.id}/agents\\?`));
    const rest = await raw(server, 'GET', link, { headers: owner.headers });
    expect((rest.error as sdk.AgentSummary[]).map(({ name }) => name)).toEqual(['c']);
    const admin = await theAdmin(server);
    const seen = await sdk.listAgentsInTenant({ client: admin.client, path });
    expect(expectData(seen, 200).map(({ namespace }) => namespace)).toEqual(
      Array.from({ length: 3 }, () => second.crName),
    );
  });

  it('take the tenant from the path before anything else', async () => {
    const { client } = owner;
    const path = { id: first.id };
    const headers = { 'x-tenant-id': first.crName };
    const spec = echoSpec('placed');
    const body = { ...spec, metadata: { ...spec.metadata, namespace: second.crName } };
    const query = { namespace: second.id };
    const answer = await sdk.createAgentInTenant({ client, path, body, headers, query });
    expect(expectData(answer, 201).namespace).toBe(first.crName);
    const other = { 'x-tenant-id': second.id };
    const mismatch = await sdk.listAgentsInTenant({ client, path, headers: other });
    expectError(mismatch, 400, 'tenant_mismatch');
  });

  it('know their methods', async () => {
    const path = `/api/v1/tenants/${first.id}/agents/placed/run`;
    const answer = await raw(server, 'GET', path, { headers: owner.headers });
    expectError(answer, 405, 'method_not_allowed');
    expect(answer.response.headers.get('allow')).toBe('POST');
  });
});
