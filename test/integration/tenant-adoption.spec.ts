import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TenantMemberEntity } from '../../src/tenants/tenant-member.entity.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { TENANT_TOPIC } from '../../src/tenants/tenants.events.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ADMIN_ACTOR, type Doors, openDoors, tenantResource } from '../support/doors.js';

const ID = 't_01kf3h5d0v8q2m7x4c9b6n1r5t';

describe('the resource of a tenant', () => {
  let test: TestDatabase;
  let doors: Doors;
  beforeEach(async () => {
    test = await openTestDatabase();
    doors = openDoors(test);
  });
  afterEach(() => test.close());

  const rows = () => test.database.reader.manager.find(TenantEntity);
  const ownersOf = async (tenantId: string) => {
    const members = await test.database.reader.manager.findBy(TenantMemberEntity, { tenantId });
    return members.map(({ userId, role }) => `${userId} ${role}`);
  };
  const account = (email: string) =>
    test.database.units.run((tx) =>
      doors.users.create(tx, { email, displayName: 'x', passwordHash: 'x', role: 'user' }),
    );
  const change = (id: string, changes: Partial<TenantEntity>) =>
    test.database.units.run((tx) => tx.manager.update(TenantEntity, { id }, changes));
  const adopted = async (more: Parameters<typeof tenantResource>[0] = {}) => {
    const taken = await doors.adoption.take(tenantResource(more));
    if (taken.outcome !== 'adopted') throw new Error(taken.outcome);
    return taken.tenant;
  };

  it('that has no row is adopted once, with defaults, by the cluster', async () => {
    const woken: string[] = [];
    doors.wakes.on(TENANT_TOPIC, (id) => woken.push(id));
    const tenant = await adopted({ spec: { resourceQuota: { cpu: '500m' }, suspend: true } });
    expect(tenant).toMatchObject({
      id: expect.stringMatching(/^t_[0-9a-z]{26}$/),
      crName: 'acme',
      displayName: 'acme',
      nodeProfile: 'full',
      maxAgents: 50,
      cpu: '500m',
      memory: '4Gi',
      suspend: true,
      origin: 'cluster',
      fieldManager: 'kubectl',
      resourceUid: 'uid-acme',
      createdBy: 'cluster',
      phase: 'Pending',
    });
    expect(await rows()).toEqual([tenant]);
    expect(await doors.audited()).toEqual([`cluster tenant.adopted ${tenant.id}`]);
    expect(woken).toEqual([tenant.id]);
    const { units } = doors.counted;
    const spec = { resourceQuota: { cpu: '500m' }, suspend: true };
    const again = await doors.adoption.take(tenantResource({ spec }));
    expect(again).toEqual({ outcome: 'known', tenant });
    expect(doors.counted.units).toBe(units);
  });

  it('that was made through the API is restored under its id, as of the API', async () => {
    const name = 'tenant-5f0c1a8e-8a4e-4f0e-9c1d-0d7a3a3b6a11';
    const tenant = await adopted({ name, tenantId: ID, origin: 'api', fieldManager: 'nexus' });
    expect(tenant).toMatchObject({ id: ID, crName: name, origin: 'api', fieldManager: null });
    expect(await doors.audited()).toEqual([`cluster tenant.restored ${ID}`]);
    const patched = await doors.tenants.patch(ADMIN_ACTOR, name, { displayName: 'Mine again' });
    expect(patched).toMatchObject({ id: ID, displayName: 'Mine again' });
    // Its resource follows it from now on, not the other way round.
    const stale = tenantResource({ name, tenantId: ID, origin: 'api', spec: { suspend: true } });
    expect(await doors.adoption.take(stale)).toMatchObject({ outcome: 'known' });
    expect(await rows()).toMatchObject([{ displayName: 'Mine again', suspend: false }]);
  });

  it('that is a copy of another one gets an id of its own', async () => {
    await adopted({ tenantId: ID });
    const copy = await adopted({ name: 'copy', uid: 'uid-copy', tenantId: ID });
    expect(copy.id).not.toBe(ID);
    const odd = await adopted({ name: 'odd', uid: 'uid-odd', tenantId: 'nonsense' });
    expect(odd.id).toMatch(/^t_/);
  });

  it('gives the tenant to the owner that it names, and waits for one without an account', async () => {
    const grace = await account('grace@example.com');
    const there = await adopted({ owner: ' Grace@Example.com ' });
    expect(await ownersOf(there.id)).toEqual([`${grace.id} owner`]);
    expect(there.ownerEmail).toBeNull();
    const waiting = await adopted({ name: 'b', uid: 'uid-b', owner: 'Ada@example.com' });
    const nobody = await adopted({ name: 'c', uid: 'uid-c' });
    expect(await ownersOf(waiting.id)).toEqual([]);
    expect(await doors.owners.addressOf(waiting)).toBe('ada@example.com');
    const ada = await account('ada@example.com');
    expect(await ownersOf(waiting.id)).toEqual([`${ada.id} owner`]);
    expect(await ownersOf(nobody.id)).toEqual([]);
    const row = await doors.tenantSync.find(waiting.id);
    expect(row).toMatchObject({ ownerEmail: null });
    expect(await doors.owners.addressOf(row ?? waiting)).toBe('ada@example.com');
    const seen = await doors.tenants.list({ ...ADMIN_ACTOR, id: ada.id, admin: false }, PAGE);
    expect(seen.items.map(({ id }) => id)).toEqual([waiting.id]);
    const all = await doors.tenants.list(ADMIN_ACTOR, PAGE);
    expect(all.items).toHaveLength(3);
  });

  it('finds an owner whose account came while it was adopted', async () => {
    const tenant = await adopted();
    const ada = await account('ada@example.com');
    // As if neither transaction had seen the other.
    await change(tenant.id, { ownerEmail: 'ada@example.com' });
    expect((await doors.adoption.take(tenantResource())).outcome).toBe('known');
    expect(await ownersOf(tenant.id)).toEqual([`${ada.id} owner`]);
  });

  it('is followed in all that it says, as one change each time', async () => {
    const tenant = await adopted();
    const spec = {
      displayName: 'Acme & Sons',
      nodeProfile: 'gateway',
      resourceQuota: { maxAgents: 600, cpu: '16', memory: '32Gi' },
      suspend: true,
      deletionProtection: true,
      nodeVersion: '0.41.0',
    };
    const taken = await doors.adoption.take(tenantResource({ spec, fieldManager: 'flux' }));
    expect(taken).toMatchObject({
      outcome: 'followed',
      tenant: {
        id: tenant.id,
        displayName: 'Acme & Sons',
        nodeProfile: 'gateway',
        maxAgents: 600,
        cpu: '16',
        memory: '32Gi',
        suspend: true,
        deletionProtection: true,
        pinnedNodeVersion: '0.41.0',
        fieldManager: 'flux',
        generation: 2,
      },
    });
    const { units } = doors.counted;
    const same = await doors.adoption.take(tenantResource({ spec, fieldManager: 'flux' }));
    expect(same.outcome).toBe('known');
    expect(doors.counted.units).toBe(units);
    expect(await doors.audited()).toContain(`cluster tenant.updated ${tenant.id}`);
  });

  it('may change hands in the cluster without being a change of the tenant', async () => {
    const tenant = await adopted();
    const news = tenantResource({ fieldManager: 'argocd', uid: 'uid-made-anew' });
    expect(await doors.adoption.take(news)).toMatchObject({
      outcome: 'known',
      tenant: { generation: 1, fieldManager: 'argocd', resourceUid: 'uid-made-anew' },
    });
    expect(await doors.audited()).toEqual([`cluster tenant.adopted ${tenant.id}`]);
  });

  it('with a spec that makes no sense is refused, and the row keeps the one before', async () => {
    const bad = { spec: { resourceQuota: { cpu: 'much' } } };
    const refused = await doors.adoption.take(tenantResource(bad));
    expect(refused).toEqual({
      outcome: 'refused',
      reason: 'InvalidSpec',
      message: 'spec.resourceQuota.cpu must be a quantity above zero.',
      tenant: null,
    });
    const tenant = await adopted();
    expect(await doors.adoption.take(tenantResource(bad))).toMatchObject({
      outcome: 'refused',
      tenant: { id: tenant.id, cpu: '2' },
    });
    expect(await rows()).toEqual([tenant]);
  });

  it('of a deleted tenant is not adopted again, and one that comes after it waits', async () => {
    const resource = tenantResource();
    const { id } = await adopted();
    expect(await doors.deletions.intend(resource, 10)).toBe('accepted');
    expect(await doors.adoption.take(resource)).toMatchObject({ outcome: 'tombstone' });
    const next = tenantResource({ uid: 'uid-next' });
    expect(await doors.adoption.take(next)).toMatchObject({ outcome: 'waits', tenant: { id } });
    expect(await rows()).toHaveLength(1);
    await test.database.units.run((tx) => doors.tenantSync.purge(tx, id));
    const successor = await doors.adoption.take(next);
    expect(successor).toMatchObject({ outcome: 'adopted', tenant: { resourceUid: 'uid-next' } });
  });

  it('of a tenant deleted through the API goes with it, also when it was never noted', async () => {
    const maker = { ...ADMIN_ACTOR, id: (await account('ada@example.com')).id };
    const made = await doors.tenants.create(maker, {
      displayName: 'Short',
      nodeProfile: 'full',
      deletionProtection: false,
    });
    await doors.tenants.delete(ADMIN_ACTOR, made.id);
    const ours = { name: made.crName, tenantId: made.id };
    const resource = tenantResource({ ...ours, origin: 'api', fieldManager: 'nexus' });
    expect(await doors.adoption.take(resource)).toMatchObject({ outcome: 'tombstone' });
    const foreign = tenantResource({ name: made.crName, uid: 'uid-foreign' });
    expect(await doors.adoption.take(foreign)).toMatchObject({ outcome: 'waits' });
    expect(await rows()).toHaveLength(1);
  });

  it('that vanished leaves the tenant as it is, says so once, and is known when made again', async () => {
    const tenant = await adopted();
    await doors.adoption.lost(tenant, 'The CRD was deleted');
    await doors.adoption.lost(tenant, 'The CRD was deleted');
    expect(await rows()).toEqual([{ ...tenant, resourceUid: null }]);
    const lost = (await doors.audited()).filter((line) => line.includes('resource_lost'));
    expect(lost).toEqual([`cluster tenant.resource_lost ${tenant.id}`]);
    const remade = await doors.adoption.take(tenantResource({ uid: 'uid-2' }));
    expect(remade).toMatchObject({ outcome: 'known', tenant: { id: tenant.id } });
  });

  it('is not edited through the API, which names who manages it', async () => {
    const { id } = await adopted({ fieldManager: 'argocd-controller' });
    const refused = { code: 'managed_by_cluster', extra: { fieldManager: 'argocd-controller' } };
    const patch = doors.tenants.patch(ADMIN_ACTOR, id, { displayName: 'x' });
    await expect(patch).rejects.toMatchObject(refused);
    await expect(patch).rejects.toThrow(/argocd-controller/);
    await expect(doors.tenants.delete(ADMIN_ACTOR, 'acme')).rejects.toMatchObject(refused);
    expect(await rows()).toMatchObject([{ displayName: 'Acme', deletedAt: null, generation: 1 }]);
  });

  it('is handed over and back, and not followed before that was applied', async () => {
    const { id } = await adopted();
    const toApi = await doors.handOver.handOver(ADMIN_ACTOR, 'acme', { origin: 'api' }, {});
    expect(toApi).toMatchObject({ origin: 'api', fieldManager: null, generation: 2 });
    await doors.tenants.patch(ADMIN_ACTOR, id, { displayName: 'Changed here' });
    expect((await doors.adoption.take(tenantResource())).outcome).toBe('known');
    await doors.handOver.handOver(ADMIN_ACTOR, id, { origin: 'cluster' }, {});
    const stale = tenantResource({ origin: 'api', fieldManager: 'nexus' });
    expect((await doors.adoption.take(stale)).outcome).toBe('known');
    expect(await rows()).toMatchObject([{ displayName: 'Changed here', origin: 'cluster' }]);
    const applied = tenantResource({ spec: { displayName: 'Changed there' } });
    expect((await doors.adoption.take(applied)).outcome).toBe('followed');
    const again = doors.counted.units;
    await doors.handOver.handOver(ADMIN_ACTOR, id, { origin: 'cluster' }, {});
    expect(await rows()).toMatchObject([{ displayName: 'Changed there' }]);
    expect(doors.counted.units).toBe(again + 1);
    const handed = (await doors.audited()).filter((line) => line.includes('handed_over'));
    expect(handed).toEqual([`user tenant.handed_over ${id}`, `user tenant.handed_over ${id}`]);
  });
});

const PAGE = { limit: 100, cursor: undefined };
