import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
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

describe('tenants', () => {
  let server: TestServer;
  let owner: Person;
  let stranger: Person;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    owner = await newPerson(server);
    stranger = await newPerson(server);
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  const create = async (person: Person, body: sdk.CreateTenant) =>
    sdk.createTenant({ client: person.client, body });
  const made = async (person: Person, displayName = 'One') =>
    expectData(await create(person, { displayName }), 201);

  it('are created with what was asked for and defaults for the rest', async () => {
    const tenant = expectData(
      await create(owner, { displayName: ' Care ', resourceQuota: { maxAgents: 3, cpu: '500m' } }),
      201,
    );
    expect(tenant).toMatchObject({
      id: expect.stringMatching(/^t_/),
      crName: expect.stringMatching(/^tenant-[0-9a-f-]{36}$/),
      displayName: 'Care',
      nodeProfile: 'full',
      resourceQuota: { maxAgents: 3, cpu: '500m', memory: '4Gi' },
      phase: 'Pending',
      agentCount: 0,
      nodeEndpoint: null,
      namespace: tenant.crName,
    });
    const byName = await sdk.getTenant({ client: owner.client, path: { id: tenant.crName } });
    expect(expectData(byName, 200)).toEqual(tenant);
  });

  it.each([
    ['no name', {}, 'displayName'],
    ['a blank name', { displayName: '  ' }, 'displayName'],
    ['an unknown profile', { displayName: 'a', nodeProfile: 'huge' }, 'nodeProfile'],
    [
      'no quantity',
      { displayName: 'a', resourceQuota: { memory: '4 GB' } },
      'resourceQuota.memory',
    ],
    ['no CPU at all', { displayName: 'a', resourceQuota: { cpu: '0' } }, 'resourceQuota.cpu'],
    ['an unknown key', { displayName: 'a', owner: 'me' }, 'owner'],
  ])('are refused with %s', async (_what, body, path) => {
    const error = expectError(await create(owner, body as never), 400, 'invalid_request');
    expect(error.issues?.map((issue) => issue.path)).toContain(path);
  });

  it('hold owners to the ceiling, and admins not', async () => {
    const resourceQuota = { maxAgents: 501 };
    const refused = await create(owner, { displayName: 'big', resourceQuota });
    expectError(refused, 403, 'quota_ceiling');
    const { id } = expectData(await create(admin, { displayName: 'big', resourceQuota }), 201);
    const body = { resourceQuota: { memory: '17Gi' } };
    expectData(await sdk.updateTenant({ client: admin.client, path: { id }, body }), 200);
  });

  it('are limited per person, also when they are created at once', async () => {
    const person = await newPerson(server);
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, index) => create(person, { displayName: `n${index}` })),
    );
    const statuses = answers.map(({ response }) => response?.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expectError(await create(person, { displayName: 'more' }), 409, 'tenant_limit');
  });

  it('are changed in part, and an equal wish is no change', async () => {
    const { id, generation } = await made(owner);
    const patch = (body: sdk.PatchTenant) =>
      sdk.updateTenant({ client: owner.client, path: { id }, body });
    const changed = expectData(await patch({ displayName: 'Two', suspend: true }), 200);
    expect(changed).toMatchObject({
      displayName: 'Two',
      suspend: true,
      generation: generation + 1,
    });
    expect(expectData(await patch({ displayName: 'Two' }), 200).generation).toBe(generation + 1);
    expect(expectData(await patch({}), 200).generation).toBe(generation + 1);
  });

  it('cannot be deleted while they are protected', async () => {
    const { id } = await made(owner);
    const path = { id };
    const { client } = owner;
    expectData(await sdk.updateTenant({ client, path, body: { deletionProtection: true } }), 200);
    expectError(await sdk.deleteTenant({ client, path }), 409, 'deletion_protected');
    expectData(await sdk.updateTenant({ client, path, body: { deletionProtection: false } }), 200);
    expect(expectData(await sdk.deleteTenant({ client, path }), 200)).toEqual({ deleted: id });
    expect(expectData(await sdk.getTenant({ client, path }), 200).phase).toBe('Deleting');
    const body = { displayName: 'x' };
    expectError(await sdk.updateTenant({ client, path, body }), 409, 'tenant_deleting');
  });

  it('answer strangers alike, whether they exist or not', async () => {
    const { id, crName } = await made(owner);
    const { client } = stranger;
    const bodies = [];
    for (const path of [{ id }, { id: crName }, { id: 't_none' }, { id: 'tenant-none' }]) {
      for (const answer of [
        await sdk.getTenant({ client, path }),
        await sdk.updateTenant({ client, path, body: { displayName: 'mine' } }),
        await sdk.deleteTenant({ client, path }),
      ]) {
        const { requestId: _differs, ...body } = expectError(answer, 403, 'tenant_forbidden');
        bodies.push(JSON.stringify(body));
      }
      expectError(await sdk.listTenantKeys({ client, path }), 404, 'tenant_not_found');
      // Its two names tell of it no more than any two.
      for (const header of [id, crName].filter((name) => name !== path.id)) {
        const headers = { 'x-tenant-id': header };
        const named = await sdk.getTenant({ client, path, headers });
        expectError(named, 400, 'tenant_mismatch');
      }
    }
    expect(new Set(bodies).size).toBe(1);
    const both = { 'x-tenant-id': crName };
    expectData(await sdk.getTenant({ client: owner.client, path: { id }, headers: both }), 200);
    expectError(
      await sdk.getTenant({ client: admin.client, path: { id: 't_none' } }),
      404,
      'tenant_not_found',
    );
    expectData(await sdk.getTenant({ client: admin.client, path: { id } }), 200);
  });

  it('are listed page by page, each person their own', async () => {
    const person = await newPerson(server);
    const ids = [];
    for (const name of ['a', 'b', 'c']) ids.push((await made(person, name)).id);
    const first = await sdk.listTenants({ client: person.client, query: { limit: 2 } });
    expect(expectData(first, 200).map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.response?.headers.get('x-total-count')).toBe('3');
    const next = /<([^>]+)>; rel="next"/.exec(first.response?.headers.get('link') ?? '')?.[1] ?? '';
    const second = await raw(server, 'GET', next, { headers: person.headers });
    expect((second.error as { id: string }[]).map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.response.headers.get('link')).toBeNull();
    const all = expectData(await sdk.listTenants({ client: admin.client }), 200);
    expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(expectData(await sdk.listTenants({ client: stranger.client }), 200)).toEqual([]);
  });

  it.each(['0', '1001', '-1', 'x', '1.5', '99999999999'])('refuse the limit %s', async (limit) => {
    const answer = await raw(server, 'GET', `/api/v1/tenants?limit=${limit}`, {
      headers: owner.headers,
    });
    expectError(answer, 400, 'invalid_request');
  });

  describe('keys', () => {
    const makeKey = async (id: string, body: sdk.CreateApiKey) =>
      sdk.createTenantKey({ client: owner.client, path: { id }, body });

    it('are shown once, work in both headers, are listed and revoked', async () => {
      const { id } = await made(owner);
      const key = expectData(await makeKey(id, { label: 'ci' }), 201);
      expect(key).toMatchObject({ rawKey: expect.stringMatching(/^nxk_[\w-]{43}$/), label: 'ci' });
      for (const headers of [
        { 'x-api-key': key.rawKey },
        bearer(key.rawKey),
        { 'x-api-key': key.rawKey, ...bearer(key.rawKey) },
      ]) {
        const me = expectData(await sdk.whoAmI({ client: clientOf(server, headers) }), 200);
        expect(me).toMatchObject({ keyLabel: 'ci', tenantId: id, scope: 'tenant' });
      }
      const { client } = owner;
      const listed = expectData(await sdk.listTenantKeys({ client, path: { id } }), 200);
      expect(listed).toMatchObject([{ hash: key.hash, createdBy: owner.session.user.id }]);
      expect(JSON.stringify(listed)).not.toContain(key.rawKey);
      const path = { id, hash: key.hash };
      expect(expectData(await sdk.revokeTenantKey({ client, path }), 200)).toEqual({
        revoked: key.hash,
      });
      const keyed = clientOf(server, bearer(key.rawKey));
      expectError(await sdk.whoAmI({ client: keyed }), 401, 'credential_invalid');
      expectError(await sdk.revokeTenantKey({ client, path }), 404, 'key_not_found');
    });

    it('of another tenant are unknown below one of my own', async () => {
      const { id } = await made(owner);
      const key = expectData(await makeKey(id, { label: 'theirs' }), 201);
      const mine = await made(stranger, 'Mine');
      const { client } = stranger;
      for (const path of [
        { id: mine.id, hash: key.hash },
        { id, hash: key.hash },
      ]) {
        const code = path.id === id ? 'tenant_not_found' : 'key_not_found';
        expectError(await sdk.revokeTenantKey({ client, path }), 404, code);
      }
      const keyed = clientOf(server, bearer(key.rawKey));
      expect(expectData(await sdk.whoAmI({ client: keyed }), 200)).toMatchObject({ tenantId: id });
    });

    it('expire', async () => {
      const { id } = await made(owner);
      const key = expectData(await makeKey(id, { label: 'short', expiresIn: 1 }), 201);
      const client = clientOf(server, bearer(key.rawKey));
      expectData(await sdk.whoAmI({ client }), 200);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      expectError(await sdk.whoAmI({ client }), 401, 'credential_invalid');
    });

    it('do what their scopes say within their tenant, and nothing beyond', async () => {
      const { id } = await made(owner);
      const other = await made(owner, 'Other');
      const full = expectData(await makeKey(id, { label: 'full' }), 201);
      const reader = expectData(await makeKey(id, { label: 'r', scopes: ['agents:read'] }), 201);
      const client = clientOf(server, bearer(full.rawKey));
      const body = echoSpec('from-a-key');
      expectData(await sdk.createAgent({ client, body }), 201);
      const reading = clientOf(server, bearer(reader.rawKey));
      expectData(await sdk.listAgents({ client: reading }), 200);
      expectError(await sdk.createAgent({ client: reading, body }), 403, 'permission_missing');
      expectError(
        await sdk.createTenant({ client, body: { displayName: 'x' } }),
        403,
        'permission_missing',
      );
      expectError(
        await sdk.getTenant({ client: reading, path: { id } }),
        403,
        'permission_missing',
      );
      expectData(await sdk.whoAmI({ client: reading }), 200);
      expect(expectData(await sdk.listTenants({ client: reading }), 200)).toMatchObject([{ id }]);
      for (const foreign of [{ id: other.id }, { id: 't_none' }]) {
        for (const key of [client, reading]) {
          expectError(await sdk.getTenant({ client: key, path: foreign }), 403, 'tenant_forbidden');
          expectError(
            await sdk.listTenantKeys({ client: key, path: foreign }),
            404,
            'tenant_not_found',
          );
        }
      }
      expectError(
        await sdk.listAgents({ client, headers: { 'x-tenant-id': other.id } }),
        404,
        'tenant_not_found',
      );
      expectError(
        await makeKey(id, { label: 'x', scopes: ['keys:write'] }),
        403,
        'scope_not_allowed',
      );
    });
  });

  describe('the choice of one', () => {
    it('follows path, header, key, namespace, and the only one', async () => {
      const person = await newPerson(server);
      const { client } = person;
      expectError(await sdk.listAgents({ client }), 400, 'tenant_required');
      const one = await made(person, 'one');
      expect(expectData(await sdk.listAgents({ client }), 200)).toEqual([]);
      const two = await made(person, 'two');
      const error = expectError(await sdk.listAgents({ client }), 400, 'tenant_required');
      expect(error['tenants']).toEqual([
        { id: one.id, displayName: 'one' },
        { id: two.id, displayName: 'two' },
      ]);
      const spec = echoSpec('chosen');
      const inTwo = { ...spec, metadata: { ...spec.metadata, namespace: two.crName } };
      const created = expectData(await sdk.createAgent({ client, body: inTwo }), 201);
      expect(created.namespace).toBe(two.crName);
      const headers = { 'x-tenant-id': one.crName };
      const header = expectData(await sdk.createAgent({ client, body: inTwo, headers }), 201);
      expect(header.namespace).toBe(one.crName);
      const query = { namespace: two.id };
      const found = await sdk.getAgent({ client, path: { name: 'chosen' }, query });
      expect(expectData(found, 200).namespace).toBe(two.crName);
      const unseen = { namespace: 'production' };
      expectError(await sdk.listAgents({ client, query: unseen }), 400, 'tenant_required');
      const mismatch = { 'x-tenant-id': two.id };
      expectError(
        await sdk.getTenant({ client, path: { id: one.id }, headers: mismatch }),
        400,
        'tenant_mismatch',
      );
    });

    it('spans all tenants for an admin who names none', async () => {
      const person = await newPerson(server);
      const tenant = await made(person, 'seen by admins');
      expectData(await sdk.createAgent({ client: person.client, body: echoSpec('spanned') }), 201);
      const all = expectData(await sdk.listAgents({ client: admin.client }), 200);
      expect(all.find(({ name }) => name === 'spanned')?.namespace).toBe(tenant.crName);
    });
  });
});
