import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  sdk,
  theAdmin,
} from '../support/api.js';
import { everyPage } from '../support/pages.js';
import { TestServer } from '../support/server.js';

describe('keys for the whole installation', () => {
  let server: TestServer;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  const make = async (body: sdk.CreateAdminKey) =>
    expectData(await sdk.createAdminKey({ client: admin.client, body }), 201);

  it('are made by an admin, reach everything but keys and accounts of people, and end', async () => {
    const made = await make({ label: 'terraform' });
    expect(made).toEqual({
      rawKey: expect.stringMatching(/^nxk_[\w-]{43}$/),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      label: 'terraform',
      createdAt: expect.any(String),
      expiresAt: null,
    });
    const owner = await newPerson(server);
    const body = { displayName: 'Theirs' };
    const tenant = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
    const more = { displayName: 'Of the installation' };
    expectData(await sdk.createTenant({ client: admin.client, body: more }), 201);
    for (const headers of [{ 'x-api-key': made.rawKey }, bearer(made.rawKey)]) {
      const client = clientOf(server, headers);
      const me = expectData(await sdk.whoAmI({ client }), 200);
      expect(me).toMatchObject({ keyLabel: 'terraform', tenantId: null, scope: 'admin' });
      expectData(await sdk.getTenant({ client, path: { id: tenant.id } }), 200);
      const absent = await sdk.getTenant({ client, path: { id: 't_none' } });
      expectError(absent, 404, 'tenant_not_found');
      const name = { name: 'bot' };
      expectError(await sdk.getAgent({ client, path: name }), 400, 'tenant_required');
      const chosen = { 'x-tenant-id': tenant.id };
      expectData(await sdk.getAgent({ client, path: name, headers: chosen }), 200);
      expectData(await sdk.listUsers({ client }), 200);
      const more = await sdk.createAdminKey({ client, body: { label: 'more' } });
      expectError(more, 403, 'permission_missing');
      expectError(await sdk.listAdminKeys({ client }), 403, 'permission_missing');
      const path = { hash: made.hash };
      expectError(await sdk.revokeAdminKey({ client, path }), 403, 'permission_missing');
      expectError(
        await sdk.updateMe({ client, body: { displayName: 'x' } }),
        403,
        'permission_missing',
      );
    }
    const path = { hash: made.hash };
    const revoked = await sdk.revokeAdminKey({ client: admin.client, path });
    expect(expectData(revoked, 200)).toEqual({ revoked: made.hash });
    const client = clientOf(server, { 'x-api-key': made.rawKey });
    expectError(await sdk.whoAmI({ client }), 401, 'credential_invalid');
    const again = await sdk.revokeAdminKey({ client: admin.client, path });
    expectError(again, 404, 'key_not_found');
  });

  it('expire when they should', async () => {
    const made = await make({ label: 'short', expiresIn: 1 });
    const client = clientOf(server, { 'x-api-key': made.rawKey });
    expect(Date.parse(made.expiresAt ?? '') - Date.parse(made.createdAt)).toBe(1000);
    expectData(await sdk.whoAmI({ client }), 200);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expectError(await sdk.whoAmI({ client }), 401, 'credential_invalid');
  });

  it('are listed in pages with their maker, never with the key', async () => {
    const made = [await make({ label: 'one' }), await make({ label: 'two' })];
    const listed = expectData(await sdk.listAdminKeys({ client: admin.client }), 200);
    for (const { hash, label, rawKey } of made) {
      expect(listed.find((key) => key.hash === hash)).toMatchObject({
        label,
        createdBy: admin.session.user.id,
        lastUsedAt: null,
        scopes: expect.arrayContaining(['users:write']),
      });
      expect(JSON.stringify(listed)).not.toContain(rawKey);
    }
    expect(await everyPage(server, '/api/v1/keys', admin.headers, 1)).toEqual(listed);
  });

  it('are nobody else’s business, and no tenant’s', async () => {
    const { hash } = await make({ label: 'secret' });
    const { client } = await newPerson(server);
    const body = { label: 'mine' };
    expectError(await sdk.createAdminKey({ client, body }), 403, 'permission_missing');
    expectError(await sdk.listAdminKeys({ client }), 403, 'permission_missing');
    const path = { hash };
    expectError(await sdk.revokeAdminKey({ client, path }), 403, 'permission_missing');
    const named = { displayName: 'Mine' };
    const { id } = expectData(await sdk.createTenant({ client, body: named }), 201);
    const foreign = await sdk.revokeTenantKey({ client, path: { id, hash } });
    expectError(foreign, 404, 'key_not_found');
    const key = expectData(await sdk.createTenantKey({ client, path: { id }, body }), 201);
    const mixed = await sdk.revokeAdminKey({
      client: admin.client,
      path: { hash: key.hash },
    });
    expectError(mixed, 404, 'key_not_found');
  });

  it('are asked for properly', async () => {
    const { client } = admin;
    const bad: object[] = [
      {},
      { label: '' },
      { label: 'x', expiresIn: 0 },
      { label: 'x', scopes: [] },
    ];
    for (const body of bad) {
      const answer = await sdk.createAdminKey({ client, body: body as sdk.CreateAdminKey });
      expectError(answer, 400, 'invalid_request');
    }
  });

  it('of one tenant are listed in pages, too', async () => {
    const { client, headers } = await newPerson(server);
    const named = { displayName: 'Mine' };
    const { id } = expectData(await sdk.createTenant({ client, body: named }), 201);
    for (const label of ['a', 'b', 'c']) {
      expectData(await sdk.createTenantKey({ client, path: { id }, body: { label } }), 201);
    }
    const whole = expectData(await sdk.listTenantKeys({ client, path: { id } }), 200);
    expect(whole.map(({ label }) => label)).toEqual(['a', 'b', 'c']);
    expect(await everyPage(server, `/api/v1/tenants/${id}/keys`, headers, 2)).toEqual(whole);
  });
});
