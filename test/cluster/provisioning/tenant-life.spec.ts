import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  readyTenant,
  sdk,
  tenantWhen,
} from '../../support/api.js';
import { until } from '../../support/until.js';
import {
  agentManifest,
  agentPath,
  agentResourceWhen,
  applyAgent,
  gone,
} from '../doors/resources.js';
import type { KubeObject } from '../kube-objects.types.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;
/** What a tenant is made of, by its collection. */
const PARTS = [
  '/api/v1/namespaces/NS/resourcequotas',
  '/api/v1/namespaces/NS/limitranges',
  '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  '/api/v1/namespaces/NS/serviceaccounts',
  '/api/v1/namespaces/NS/services',
  '/apis/apps/v1/namespaces/NS/deployments',
];

async function partsOf(namespace: string): Promise<KubeObject[]> {
  const lists = PARTS.map((path) => admin.list(path.replace('NS', namespace)));
  const all = (await Promise.all(lists)).flat();
  return all.filter(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] === 'nexus',
  );
}

describe.skipIf(cluster.facts.kubelet === undefined)('a tenant in a cluster', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  it('becomes a namespace with all that belongs to it, and a node that answers', async () => {
    const { client } = world.admin;
    const tenant = await readyTenant(client, 'A new one');
    const parts = await partsOf(tenant.crName);
    expect(parts.map(({ metadata }) => metadata.name).sort()).toEqual([
      'astromesh-node',
      'astromesh-node',
      'astromesh-node',
      'nexus-default-deny',
      'nexus-egress',
      'nexus-from-control-plane',
      'nexus-limits',
      'nexus-quota',
    ]);
    expect(tenant).toMatchObject({
      phase: 'Ready',
      nodeEndpoint: `http://astromesh-node.${tenant.crName}.svc:8000`,
    });
  });

  it('is left alone once it is as it should be, and after a restart of the control plane', async (context) => {
    const audit = cluster.audit(context);
    const tenant = await readyTenant(world.admin.client);
    // What the API says of it is written to its resource a moment later.
    await audit.untilQuiet(world.account.user);
    const since = await audit.moment();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await world.restart();
    await tenantWhen(world.admin.client, tenant.id, ({ ready }) => ready);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const query = { since, until: await audit.moment(), user: world.account.user };
    expect(await audit.writes(query)).toEqual([]);
  });

  it('runs an agent through the Service', async () => {
    const { client } = world.admin;
    const tenant = await readyTenant(client);
    const headers = { 'x-tenant-id': tenant.id };
    const body = echoSpec('helper');
    expectData(await sdk.createAgent({ client, headers, body }), 201);
    await agentWhen(client, 'helper', isRunning, { headers });
    const answer = await sdk.runAgent({
      client,
      headers,
      path: { name: 'helper' },
      body: { query: 'hello' },
    });
    expect(expectData(answer, 200)).toMatchObject({ answer: expect.stringContaining('hello') });
    const logs = await sdk.getAgentLogs({ client, headers, path: { name: 'helper' } });
    expect(expectData(logs, 200)).toBeDefined();
  });

  it('has no pod while it is suspended, and one again afterwards', async () => {
    const { client } = world.admin;
    const { id, crName } = await readyTenant(client);
    const pods = `/api/v1/namespaces/${crName}/pods`;
    const change = (suspend: boolean) =>
      sdk.updateTenant({ client, path: { id }, body: { suspend } });
    expectData(await change(true), 200);
    await until('its pod is gone', async () => (await admin.list(pods)).length === 0);
    await tenantWhen(client, id, ({ phase }) => phase === 'Suspended');
    expectData(await change(false), 200);
    await tenantWhen(client, id, ({ ready }) => ready);
    expect(await admin.list(pods)).toHaveLength(1);
  });

  it('lets an agent go that is deleted while it is suspended, at either door', async () => {
    const { client } = world.admin;
    const { id, crName } = await readyTenant(client);
    const headers = { 'x-tenant-id': id };
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('ours') }), 201);
    await applyAgent(admin, agentManifest(crName, 'theirs'));
    for (const name of ['ours', 'theirs']) {
      const path = agentPath(crName, name);
      await agentResourceWhen(admin, path, ({ status }) => status?.phase === 'Running');
      await agentWhen(client, name, isRunning, { headers });
    }
    const change = (suspend: boolean) =>
      sdk.updateTenant({ client, path: { id }, body: { suspend } });
    expectData(await change(true), 200);
    await tenantWhen(client, id, ({ phase }) => phase === 'Suspended');
    expectData(await sdk.deleteAgent({ client, headers, path: { name: 'ours' } }), 200);
    await admin.delete(agentPath(crName, 'theirs'));
    for (const name of ['ours', 'theirs']) await gone(admin, agentPath(crName, name), 5_000);
    expectData(await change(false), 200);
    await tenantWhen(client, id, ({ ready }) => ready);
    // A tombstone that stayed would keep one of the same name from being sent.
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('ours') }), 201);
    await agentWhen(client, 'ours', isRunning, { headers });
    const { response } = await sdk.getAgent({ client, headers, path: { name: 'theirs' } });
    expect(response?.status).toBe(404);
  });

  it('takes its namespace along when it is deleted', async () => {
    const { client } = world.admin;
    const { id, crName } = await readyTenant(client);
    expectData(await sdk.deleteTenant({ client, path: { id } }), 200);
    await until('its namespace is gone', async () => {
      const found = await admin.find(`/api/v1/namespaces/${crName}`);
      return found === undefined;
    });
    await until('its row is gone', async () => {
      const { response } = await sdk.getTenant({ client, path: { id } });
      return response?.status === 404;
    });
  });
});
