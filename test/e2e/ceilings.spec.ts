import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  sdk,
  theAdmin,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

// What owners may ask for, what an admin may beyond that, and the other door of a tenant.
describe('a tenant', () => {
  let server: TestServer;
  let owner: Person;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({
      driver: 'none',
      environment: { NEXUS_TENANT_QUOTA_MAX: '20,4,8Gi', NEXUS_TENANTS_PER_USER: '2' },
    });
    owner = await newPerson(server);
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  const create = async ({ client }: Person, more: Partial<sdk.CreateTenant> = {}) =>
    sdk.createTenant({ client, body: { displayName: 'One', ...more } });
  const patch = async ({ client }: Person, id: string, body: sdk.PatchTenant) =>
    sdk.updateTenant({ client, path: { id }, body });
  /** A tenant of a new owner. */
  const owned = async (more: Partial<sdk.CreateTenant> = {}) => {
    const person = await newPerson(server);
    const quota = { maxAgents: 5, cpu: '1', memory: '1Gi' };
    const body = { resourceQuota: quota, ...more };
    return { person, ...expectData(await create(person, body), 201) };
  };

  it('has 50 agents, 2 CPU and 4Gi when nothing is said, unless that is too much', async () => {
    expectError(await create(owner), 403, 'quota_ceiling');
    const tenant = expectData(await create(admin), 201);
    expect(tenant.resourceQuota).toEqual({ maxAgents: 50, cpu: '2', memory: '4Gi' });
  });

  it.each([{ maxAgents: 20 }, { cpu: '4' }, { cpu: '4000m' }, { memory: '8Gi' }])(
    'gets %j from its owner',
    async (resourceQuota) => {
      const { person, id } = await owned();
      const tenant = expectData(await patch(person, id, { resourceQuota }), 200);
      expect(tenant.resourceQuota).toMatchObject(resourceQuota);
    },
  );

  it.each([{ maxAgents: 21 }, { cpu: '4001m' }, { memory: '8193Mi' }])(
    'gets %j from an admin alone, and may keep it',
    async (resourceQuota) => {
      const { person, id, generation } = await owned();
      const refused = expectError(await patch(person, id, { resourceQuota }), 403, 'quota_ceiling');
      expect(refused.error).toContain(Object.keys(resourceQuota)[0]);
      expectData(await patch(admin, id, { resourceQuota }), 200);
      const [part = ''] = Object.keys(resourceQuota);
      const other = part === 'maxAgents' ? { cpu: '2' } : { maxAgents: 6 };
      const kept = expectData(
        await patch(person, id, {
          displayName: 'Two',
          resourceQuota: { ...resourceQuota, ...other },
        }),
        200,
      );
      expect(kept.resourceQuota).toMatchObject({ ...resourceQuota, ...other });
      expect(kept.generation).toBe(generation + 2);
    },
  );

  it('keeps its agents when the quota falls below them, and takes no new ones', async () => {
    const { person, id } = await owned();
    const { client } = person;
    const deploy = async (name: string) => sdk.createAgent({ client, body: echoSpec(name) });
    const take = async (name: string) =>
      expectData(await sdk.deleteAgent({ client, path: { name } }), 200);
    for (const name of ['a', 'b', 'c']) expectData(await deploy(name), 201);
    expectData(await patch(person, id, { resourceQuota: { maxAgents: 1 } }), 200);
    expect(expectData(await sdk.listAgents({ client }), 200)).toHaveLength(3);
    expect(expectData(await sdk.getTenant({ client, path: { id } }), 200).agentCount).toBe(3);
    const body = echoSpec('a', { system: 'changed' });
    expectData(await sdk.replaceAgent({ client, path: { name: 'a' }, body }), 200);
    expectError(await deploy('d'), 409, 'agent_quota_exceeded');
    await take('a');
    await take('b');
    expectError(await deploy('d'), 409, 'agent_quota_exceeded');
    await take('c');
    expectData(await deploy('d'), 201);
    expectData(await patch(person, id, { resourceQuota: { maxAgents: 0 } }), 200);
    expectError(await deploy('e'), 409, 'agent_quota_exceeded');
  });

  it('counts towards its owner until it is deleted, and not for an admin', async () => {
    const { person, id } = await owned();
    const quota = { resourceQuota: { maxAgents: 1 } };
    expectData(await create(person, quota), 201);
    expectError(await create(person, quota), 409, 'tenant_limit');
    const path = { id };
    expectData(await sdk.deleteTenant({ client: person.client, path }), 200);
    expectData(await create(person, quota), 201);
    for (let n = 0; n < 3; n++) expectData(await create(admin, quota), 201);
  });

  it('is suspended and resumed by its owner, and is then as before', async () => {
    const { person, id } = await owned();
    const { client } = person;
    expectData(await sdk.createAgent({ client, body: echoSpec('kept') }), 201);
    expect(expectData(await patch(person, id, { suspend: true }), 200).suspend).toBe(true);
    expect(expectData(await sdk.listAgents({ client }), 200)).toHaveLength(1);
    expectData(await sdk.createAgent({ client, body: echoSpec('meanwhile') }), 201);
    expect(expectData(await patch(person, id, { suspend: false }), 200).suspend).toBe(false);
    expect(expectData(await sdk.listAgents({ client }), 200)).toHaveLength(2);
  });

  it('can be protected from its first moment, also from admins', async () => {
    const { id } = await owned({ deletionProtection: true });
    const path = { id };
    expectError(await sdk.deleteTenant({ client: admin.client, path }), 409, 'deletion_protected');
    expectData(await patch(admin, id, { deletionProtection: false }), 200);
    expectData(await sdk.deleteTenant({ client: admin.client, path }), 200);
    expectData(await sdk.deleteTenant({ client: admin.client, path }), 200);
  });

  it('is handed over to a cluster when there is one, by admins', async () => {
    const { person, id, crName } = await owned();
    const handOver = async ({ client }: Person, tenant: string, origin: sdk.Origin) =>
      sdk.handOverTenant({ client, path: { id: tenant }, body: { origin } });
    expect(expectData(await handOver(admin, id, 'api'), 200)).toMatchObject({ id, origin: 'api' });
    expectError(await handOver(admin, crName, 'cluster'), 409, 'no_cluster');
    expectError(await handOver(admin, 't_none', 'api'), 404, 'tenant_not_found');
    expectError(await handOver(person, id, 'api'), 403, 'permission_missing');
    expectError(await handOver(owner, id, 'cluster'), 403, 'permission_missing');
    expectError(await handOver(admin, id, 'moon' as never), 400, 'invalid_request');
  });
});
