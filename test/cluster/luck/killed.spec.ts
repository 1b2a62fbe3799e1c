import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, sdk, tenantWhen, theAdmin } from '../../support/api.js';
import { until } from '../../support/until.js';
import type { KubeObject } from '../kube-objects.types.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';

const cluster = theCluster();
const { admin } = cluster;
const TENANTS = 6;
/** The lease of one that was killed is taken over within 25 s. */
const READY_WITHIN_MS = 120_000;
/** What there is one of in a tenant; and how many there are of its NetworkPolicies. */
const PARTS: Record<string, number> = {
  '/api/v1/namespaces/NS/resourcequotas': 1,
  '/api/v1/namespaces/NS/limitranges': 1,
  '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies': 3,
  '/api/v1/namespaces/NS/services': 1,
  '/apis/apps/v1/namespaces/NS/deployments': 1,
  '/apis/apps/v1/namespaces/NS/replicasets': 1,
  '/api/v1/namespaces/NS/pods': 1,
};

describe.skipIf(cluster.facts.kubelet === undefined)('a control plane that is killed', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  const ourNamespaces = (): Promise<KubeObject[]> =>
    admin.list(
      `/api/v1/namespaces?labelSelector=${encodeURIComponent(`nexus.astromesh.io/install-id=${world.namespace}`)}`,
    );

  const nodesOf = async (): Promise<number> => {
    const mine = new Set((await ourNamespaces()).map(({ metadata }) => metadata.name));
    const all = await admin.list('/apis/apps/v1/deployments');
    return all.filter(({ metadata }) => mine.has(metadata.namespace ?? '')).length;
  };

  it(
    'half-way through many tenants is followed by one that goes on once the lease is over',
    { timeout: 3 * READY_WITHIN_MS },
    async () => {
      const made = await Promise.all(
        Array.from({ length: TENANTS }, async (__, nth) => {
          const body = { displayName: `Half-way ${nth}` };
          return expectData(await sdk.createTenant({ client: world.admin.client, body }), 201);
        }),
      );
      await until('it is half-way', async () => (await nodesOf()) >= TENANTS / 2);
      await world.server.kill();
      await world.server.run();
      world.admin = await theAdmin(world.server);
      const { client } = world.admin;
      for (const { id, crName } of made) {
        await tenantWhen(client, id, ({ ready }) => ready, READY_WITHIN_MS);
        for (const [path, count] of Object.entries(PARTS)) {
          const found = await admin.list(path.replace('NS', crName));
          expect(found, path).toHaveLength(count);
        }
      }
      expect(await ourNamespaces()).toHaveLength(TENANTS);
    },
  );
});
