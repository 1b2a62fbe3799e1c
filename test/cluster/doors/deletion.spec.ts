import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdk } from '../../support/api.js';
import { until } from '../../support/until.js';
import { nexusAdmin } from '../../support/admin.js';
import { theCluster } from '../test-cluster.js';
import { DoorWorld } from './door-world.js';
import { conditionOf, gone, tenantManifest, tenantPath, tenantResourceWhen } from './resources.js';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

// Where there is a cluster already, there may be no programs to start one.
describe.skipIf(theCluster().facts.kubelet === undefined)(
  'a tenant that is deleted with kubectl',
  () => {
    cases();
  },
);

function cases(): void {
  let world: DoorWorld;
  let tenants: sdk.Tenant[];
  beforeAll(async () => {
    world = await DoorWorld.start({ NEXUS_DELETE_BURST: '2' });
    tenants = await world.tenants(5);
    // Where it is absent, the finalizer holds.
    for (const { metadata } of await world.admin.list(POLICIES)) {
      await world.admin.delete(`${POLICIES}/${metadata.name}`);
    }
  });
  afterAll(() => world?.stop());

  const resource = ({ crName }: sdk.Tenant) => tenantPath(world.namespace, crName);
  const namespace = ({ crName }: sdk.Tenant) => `/api/v1/namespaces/${crName}`;

  it('stays while it is protected, and goes once that is lifted', async () => {
    const name = `kept-${world.namespace}`;
    const path = tenantPath(world.namespace, name);
    await world.admin.apply(tenantManifest(world.namespace, name, { deletionProtection: true }));
    await until('it has a namespace', () => world.admin.find(`/api/v1/namespaces/${name}`));
    await until('the policies are gone', async () => {
      await world.admin.delete(path).catch(() => undefined);
      const found = await world.admin.find(path);
      return found !== undefined && 'deletionTimestamp' in found.metadata;
    });
    const held = await tenantResourceWhen(
      world.admin,
      path,
      (one) => conditionOf(one, 'Stalled')?.reason === 'DeletionBlocked',
    );
    expect(conditionOf(held, 'Stalled')?.status).toBe('True');
    expect(await world.admin.find(`/api/v1/namespaces/${name}`)).toBeDefined();
    await world.admin.patch(path, { spec: { deletionProtection: false } });
    await gone(world.admin, path, 30_000);
    await gone(world.admin, `/api/v1/namespaces/${name}`, 30_000);
  });

  it('is gone with everything, and its row as well', async () => {
    const [tenant] = tenants as [sdk.Tenant];
    await world.admin.delete(resource(tenant));
    await gone(world.admin, resource(tenant), 30_000);
    await gone(world.admin, namespace(tenant), 30_000);
    await until('its row is gone', async () => !(await world.listed()).has(tenant.id));
    expect((await world.listed()).size).toBe(tenants.length - 1);
  });

  it('is not adopted again', async () => {
    const [tenant] = tenants as [sdk.Tenant];
    await world.server.stop();
    await world.run();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await world.listed()).has(tenant.id)).toBe(false);
  });

  it('waits with others until a burst is confirmed', async () => {
    // Two were let through within this minute already.
    const rest = tenants.slice(1);
    for (const tenant of rest) await world.admin.delete(resource(tenant));
    for (const tenant of rest) {
      await tenantResourceWhen(
        world.admin,
        resource(tenant),
        (one) => conditionOf(one, 'Stalled')?.reason === 'DeletionBurst',
      );
      expect(await world.admin.find(namespace(tenant))).toBeDefined();
    }
    expect((await world.listed()).size).toBe(rest.length);
    const confirmed = await nexusAdmin(world.server.settings, ['confirm-deletions']);
    expect(confirmed.code, confirmed.stderr).toBe(0);
    for (const tenant of rest) await gone(world.admin, namespace(tenant), 30_000);
    await until('all are gone', async () => (await world.listed()).size === 0);
  });
}
