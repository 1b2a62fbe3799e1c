import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, readyTenant, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { expectEvent, told } from './told.js';

const cluster = theCluster();
const { admin } = cluster;
const FINALIZER = 'tests.example.com/keep';
const GONE_WITHIN_MS = 90_000;

describe.skipIf(cluster.facts.kubelet === undefined)('a foreign finalizer', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  /** A tenant with an object in it that somebody else keeps; gives back what lets it go. */
  async function heldTenant() {
    const tenant = await readyTenant(world.admin.client);
    const metadata = { namespace: tenant.crName, name: 'kept', finalizers: [FINALIZER] };
    await admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    const path = `/api/v1/namespaces/${tenant.crName}/configmaps/kept`;
    const release = () => admin.patch(path, { metadata: { finalizers: null } });
    return { tenant, release };
  }

  const isTold = (tenant: sdk.Tenant): boolean =>
    told(tenant, 'Ready').reason === 'NamespaceTerminating' &&
    told(tenant, 'Ready').message.includes(FINALIZER);

  it.concurrent(
    'keeps a deleted tenant, which tells who does, until it is taken away',
    async () => {
      const { client } = world.admin;
      const { tenant, release } = await heldTenant();
      const { id, crName } = tenant;
      expectData(await sdk.deleteTenant({ client, path: { id } }), 200);
      const stuck = await tenantWhen(client, id, isTold, GONE_WITHIN_MS);
      expect(stuck.phase).toBe('Deleting');
      await expectEvent(world, stuck);
      expect((await admin.get(`/api/v1/namespaces/${crName}`)).metadata.deletionTimestamp).toMatch(
        /^\d{4}-/,
      );
      await release();
      const isGone = async () => {
        const { response } = await sdk.getTenant({ client, path: { id } });
        return response?.status === 404;
      };
      await until('its row is gone', isGone, GONE_WITHIN_MS);
      expect(await admin.find(`/api/v1/namespaces/${crName}`)).toBeUndefined();
    },
  );

  it.concurrent(
    'keeps a namespace that somebody deleted; the tenant is made again once it is gone',
    async () => {
      const { client } = world.admin;
      const { tenant, release } = await heldTenant();
      const path = `/api/v1/namespaces/${tenant.crName}`;
      const { uid } = (await admin.get(path)).metadata;
      await admin.delete(path);
      const stuck = await tenantWhen(client, tenant.id, isTold, GONE_WITHIN_MS);
      expect(stuck).toMatchObject({ phase: 'Provisioning', ready: false });
      await expectEvent(world, stuck);
      await release();
      await until(
        'another namespace is there',
        async () => ((await admin.find(path))?.metadata.uid ?? uid) !== uid,
        GONE_WITHIN_MS,
      );
      await tenantWhen(client, tenant.id, ({ ready }) => ready, GONE_WITHIN_MS);
    },
  );
});
