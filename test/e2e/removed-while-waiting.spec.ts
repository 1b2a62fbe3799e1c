import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoSpec, expectData, expectError, newPerson, type Person, sdk } from '../support/api.js';
import { TestServer } from '../support/server.js';
import { ServerRows } from '../support/server-rows.js';

const AGENT = 'support-bot';
const WAITS_MS = 300;

type Asked = Promise<{ response?: Response | undefined; error?: unknown }>;

/** What a member asks, by the operation. */
const ASKED: Readonly<
  Record<string, (member: Person, id: string, headers: { 'x-tenant-id': string }) => Asked>
> = {
  createAgent: ({ client }, _id, headers) =>
    sdk.createAgent({ client, headers, body: echoSpec('another') }),
  replaceAgent: ({ client }, _id, headers) =>
    sdk.replaceAgent({ client, headers, path: { name: AGENT }, body: echoSpec(AGENT, { a: 1 }) }),
  pauseAgent: ({ client }, _id, headers) =>
    sdk.pauseAgent({ client, headers, path: { name: AGENT } }),
  deleteAgent: ({ client }, _id, headers) =>
    sdk.deleteAgent({ client, headers, path: { name: AGENT } }),
  createTenantKey: ({ client }, id) =>
    sdk.createTenantKey({ client, path: { id }, body: { label: 'late' } }),
  setVariable: ({ client }, id) =>
    sdk.setVariable({ client, path: { id, name: 'LATE' }, body: { value: 'x' } }),
};

// A request that was let in waits for the database, and its actor is taken out of the tenant meanwhile.
describe('who is removed while a request of theirs waits', () => {
  let server: TestServer;
  let rows: ServerRows;
  let owner: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    rows = await ServerRows.of(server);
    owner = await newPerson(server);
  });
  afterAll(async () => {
    await rows.close();
    await server.close();
  });

  it.each(Object.entries(ASKED))('is refused: %s', async (_operation, ask) => {
    const { client } = owner;
    const { id } = expectData(
      await sdk.createTenant({ client, body: { displayName: 'Waited for' } }),
      201,
    );
    const headers = { 'x-tenant-id': id };
    expectData(await sdk.createAgent({ client, headers, body: echoSpec(AGENT) }), 201);
    const member = await newPerson(server);
    const { email, id: userId } = member.session.user;
    const body = { email, role: 'owner' } as const;
    expectData(await sdk.addMember({ client, path: { id }, body }), 201);

    // Keeps the server from writing: anything on SQLite, into this tenant on PostgreSQL.
    if (server.databaseUrl === undefined) await rows.query('BEGIN IMMEDIATE');
    else {
      await rows.query('BEGIN');
      await rows.query(`SELECT 1 FROM tenants WHERE id = '${id}' FOR UPDATE`);
    }
    const late = ask(member, id, headers);
    await new Promise((resolve) => setTimeout(resolve, WAITS_MS));
    const gone = `DELETE FROM tenant_members WHERE tenant_id = '${id}' AND user_id = '${userId}'`;
    await rows.query(gone);
    const before = await rows.dump();
    await rows.query('COMMIT');
    expectError(await late, 404, 'tenant_not_found');
    expect(await rows.dump()).toEqual(before);
  });
});
