import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY_PERMISSIONS } from '../../src/access/permissions.js';
import { clientOf, echoSpec, expectData, expectError, newPerson, sdk } from '../support/api.js';
import { TestServer } from '../support/server.js';

/** Puts an admin-scope key into the database of a server. */
async function giveAdminKey(server: TestServer): Promise<string> {
  const raw = `nxk_${randomBytes(32).toString('base64url')}`;
  const hash = createHash('sha256').update(raw).digest('hex');
  const scopes = JSON.stringify(ADMIN_KEY_PERMISSIONS);
  const values = [hash, raw.slice(0, 12), scopes, 'of an admin', 'system', '2026-01-01T00:00:00Z'];
  const sql = (marks: string): string =>
    `INSERT INTO api_keys (hash, prefix, scopes, label, created_by, created_at) VALUES (${marks})`;
  if (server.databaseUrl !== undefined) {
    const client = new pg.Client({ connectionString: server.databaseUrl });
    await client.connect();
    await client.query(sql('$1, $2, $3, $4, $5, $6'), values);
    await client.end();
    return raw;
  }
  const database = new sqlite3.Database(path.join(server.dataDir, 'data', 'nexus.db'));
  database.configure('busyTimeout', 5_000);
  await new Promise<void>((resolve, reject) => {
    database.run(sql('?, ?, ?, ?, ?, ?'), values, (error) => (error ? reject(error) : resolve()));
  });
  await new Promise<void>((resolve) => database.close(() => resolve()));
  return raw;
}

describe('an admin-scope key', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(() => server.close());

  it('reaches every tenant, and its absence is told as such', async () => {
    const key = await giveAdminKey(server);
    const owner = await newPerson(server);
    const body = { displayName: 'Of a person' };
    const theirs = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
    const ways: Record<string, string>[] = [
      { 'x-api-key': key },
      { authorization: `Bearer ${key}` },
    ];
    for (const headers of ways) {
      const client = clientOf(server, headers);
      expect(expectData(await sdk.whoAmI({ client }), 200)).toMatchObject({ scope: 'admin' });
      const own = expectData(await sdk.createTenant({ client, body }), 201);
      const listed = expectData(await sdk.listTenants({ client }), 200).map(({ id }) => id);
      expect(listed).toEqual(expect.arrayContaining([theirs.id, own.id]));
      const agents = expectData(await sdk.listAgents({ client }), 200);
      expect(agents.map(({ namespace }) => namespace)).toContain(theirs.crName);
      const path_ = { name: 'bot' };
      expectError(await sdk.getAgent({ client, path: path_ }), 400, 'tenant_required');
      const chosen = { 'x-tenant-id': theirs.id };
      expectData(await sdk.getAgent({ client, path: path_, headers: chosen }), 200);
      const absent = await sdk.getTenant({ client, path: { id: 't_none' } });
      expectError(absent, 404, 'tenant_not_found');
      expectError(await sdk.logout({ client, body: {} }), 403, 'permission_missing');
    }
  });
});
