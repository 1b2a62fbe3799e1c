import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, readyTenant, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import type { Hold } from '../kubelet/pod-runner.js';
import { theCluster } from '../test-cluster.js';
import { expectEvent } from '../luck/told.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;

type Tenant = sdk.Tenant;

function reasonOf({ conditions }: Tenant, type = 'Ready'): string | undefined {
  return conditions.find((condition) => condition.type === type)?.reason;
}

function messageOf({ conditions }: Tenant, type = 'Ready'): string {
  return conditions.find((condition) => condition.type === type)?.message ?? '';
}

describe.skipIf(cluster.facts.kubelet === undefined)('a tenant in trouble', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ kubelet: { backOffMs: 300 } });
  });
  afterAll(() => world?.stop());

  async function newTenant(): Promise<Tenant> {
    const { client } = world.admin;
    return expectData(await sdk.createTenant({ client, body: { displayName: 'In trouble' } }), 201);
  }

  /** Gives a namespace a quota of somebody else, and waits until it holds. */
  async function forbid(namespace: string, hard: Record<string, string>): Promise<void> {
    const metadata = { namespace, name: 'foreign' };
    await admin.apply({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
    const path = `/api/v1/namespaces/${namespace}/resourcequotas/foreign`;
    await until('the quota holds', async () => {
      const quota = await admin.get<{ status?: { hard?: object } }>(path);
      return quota.status?.hard !== undefined;
    });
  }

  it.concurrent.each<[Hold, string]>([
    ['crash', 'CrashLoopBackOff'],
    ['image', 'ImagePullBackOff'],
    ['pending', 'Unschedulable'],
  ])('says why when its pod is held by %s, and heals', async (hold, reason) => {
    const { client } = world.admin;
    const held = new Set<string>();
    const release = world.kubelet.hold(hold, ({ metadata }) => held.has(metadata.namespace ?? ''));
    const { id, crName } = await newTenant();
    held.add(crName);
    const stuck = await tenantWhen(client, id, (tenant) => reasonOf(tenant) === reason);
    expect(stuck).toMatchObject({ phase: 'Error', ready: false });
    await expectEvent(world, stuck);
    release();
    await tenantWhen(client, id, ({ ready }) => ready, 60_000);
  });

  it.concurrent('names the quota that keeps its pod away', async () => {
    const { client } = world.admin;
    const { id, crName } = await readyTenant(client);
    const suspend = (yes: boolean) =>
      sdk.updateTenant({ client, path: { id }, body: { suspend: yes } });
    // A former pod would use up the quota of the tenant itself, and Kubernetes tells what it was
    // refused for first.
    expectData(await suspend(true), 200);
    await until('its pod is gone and no longer counted', async () => {
      const quota = await admin.get<{ status?: { used?: Record<string, string> } }>(
        `/api/v1/namespaces/${crName}/resourcequotas/nexus-quota`,
      );
      return quota.status?.used?.['limits.cpu'] === '0';
    });
    await forbid(crName, { pods: '0' });
    expectData(await suspend(false), 200);
    const named = /its pod is forbidden: exceeded quota: foreign/;
    const refused = await tenantWhen(client, id, (one) => named.test(messageOf(one)), 60_000);
    expect(refused).toMatchObject({ phase: 'Error', ready: false });
    expect(reasonOf(refused)).toBe('QuotaExceeded');
    await admin.delete(`/api/v1/namespaces/${crName}/resourcequotas/foreign`);
    await tenantWhen(client, id, ({ ready }) => ready, 90_000);
  });

  it.concurrent('is stalled while the cluster refuses what belongs to it', async () => {
    const { client } = world.admin;
    const { id, crName } = await readyTenant(client);
    const service = `/api/v1/namespaces/${crName}/services/astromesh-node`;
    await forbid(crName, { 'count/services': '0' });
    await admin.delete(service);
    const refused = await tenantWhen(client, id, (one) => reasonOf(one) === 'QuotaExceeded');
    expect(reasonOf(refused, 'Stalled')).toBe('QuotaExceeded');
    await expectEvent(world, refused);
    await admin.delete(`/api/v1/namespaces/${crName}/resourcequotas/foreign`);
    await tenantWhen(client, id, ({ ready }) => ready, 60_000);
    await admin.get(service);
  });

  it.concurrent(
    'tells Kubernetes own reason while its namespace is going, and comes back',
    async () => {
      const { client } = world.admin;
      const { id, crName } = await readyTenant(client);
      const release = world.kubelet.hold(
        'terminating',
        ({ metadata }) => metadata.namespace === crName,
      );
      await admin.delete(`/api/v1/namespaces/${crName}`);
      const stuck = await tenantWhen(
        client,
        id,
        (tenant) =>
          reasonOf(tenant) === 'NamespaceTerminating' && /remaining/.test(messageOf(tenant)),
        60_000,
      );
      expect(messageOf(stuck)).toMatch(/pods/);
      release();
      await tenantWhen(client, id, ({ ready }) => ready, 90_000);
    },
  );

  it.concurrent('does not run hot against somebody who rewrites its objects', async (context) => {
    const audit = cluster.audit(context);
    const { client } = world.admin;
    const { id, crName } = await readyTenant(client);
    const service = `/api/v1/namespaces/${crName}/services/astromesh-node`;
    const since = await audit.moment();
    const stopped = { yes: false };
    const rewriting = (async () => {
      while (!stopped.yes) {
        await admin.patch(`${service}?fieldManager=other`, {
          spec: { sessionAffinity: 'ClientIP' },
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const contested = await tenantWhen(
      client,
      id,
      (tenant) => reasonOf(tenant, 'Reconciling') === 'DriftContested',
    );
    expect(messageOf(contested, 'Reconciling')).toMatch(/sessionAffinity/);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    stopped.yes = true;
    await rewriting;
    const query = { since, until: await audit.moment(), user: world.account.user };
    const ours = (await audit.writes(query)).filter(({ uri }) => uri.includes(service));
    expect(ours.length).toBeLessThanOrEqual(12);
    await until(
      'it is put right all the same',
      async () => {
        const live = await admin.get<{ spec: { sessionAffinity: string } }>(service);
        return live.spec.sessionAffinity === 'None';
      },
      45_000,
    );
  });

  it('never takes a namespace that is not ours, nor deletes it', async () => {
    const { id, crName } = await readyTenant(world.admin.client);
    await world.server.stop();
    const path = `/api/v1/namespaces/${crName}`;
    await admin.delete(path);
    await until('the namespace is gone', async () => (await admin.find(path)) === undefined);
    const metadata = { name: crName, labels: { owner: 'somebody' } };
    await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata });
    await world.restart();
    const { client } = world.admin;
    const stalled = await tenantWhen(client, id, (tenant) => reasonOf(tenant) === 'NamespaceTaken');
    expect(reasonOf(stalled, 'Stalled')).toBe('NamespaceTaken');
    await expectEvent(world, stalled);
    const found = await admin.get(path);
    expect(found.metadata.labels).not.toHaveProperty('app.kubernetes.io/managed-by');
    expectData(await sdk.deleteTenant({ client, path: { id } }), 200);
    await until('its row is gone', async () => {
      const { response } = await sdk.getTenant({ client, path: { id } });
      return response?.status === 404;
    });
    expect((await admin.get(path)).metadata).not.toHaveProperty('deletionTimestamp');
    await admin.delete(path);
  });
});
