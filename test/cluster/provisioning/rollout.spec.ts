import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyTenant, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import type { KubeObject } from '../kube-objects.types.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;
const TENANTS = 6;
const PARALLEL = 2;
const MOST_FAILED = 3;
const REPAIRED_WITHIN_MS = 2_000;

interface Deployment extends KubeObject {
  spec: {
    replicas: number;
    paused?: boolean;
    template: { spec: { containers: { image: string }[] } };
  };
  status?: { observedGeneration?: number; updatedReplicas?: number; availableReplicas?: number };
}

describe.skipIf(cluster.facts.kubelet === undefined)('another image for all nodes', () => {
  let world: World;
  let tenants: sdk.Tenant[];
  beforeAll(async () => {
    world = await World.start({
      environment: { NEXUS_ROLLOUT_PARALLEL: String(PARALLEL), NEXUS_NODE_TAG: '1.0.0' },
    });
    const { client } = world.admin;
    tenants = await Promise.all(Array.from({ length: TENANTS }, () => readyTenant(client)));
  });
  afterAll(() => world?.stop());

  const ours = (): string => {
    const selector = `nexus.astromesh.io%2Finstall-id%3D${world.namespace}`;
    return `/apis/apps/v1/deployments?labelSelector=${selector}`;
  };
  const deployments = (): Promise<Deployment[]> => admin.list<Deployment>(ours());

  /** What somebody changes of nodes that wait is put back, and none gets the other image. */
  async function expectRepairs([first = '', second = '']: string[]): Promise<void> {
    const node = (namespace: string) =>
      `/apis/apps/v1/namespaces/${namespace}/deployments/astromesh-node`;
    const containers = [{ name: 'astromesh-node', image: 'somebody/elses:1' }];
    await admin.patch(node(first), { spec: { replicas: 3, paused: true } });
    await untilPutBack(node(first));
    await admin.patch(node(first), { spec: { template: { spec: { containers } } } }, 'strategic');
    await untilPutBack(node(first));
    await admin.delete(node(second));
    await untilPutBack(node(second));
  }

  function untilPutBack(path: string): Promise<unknown> {
    return until(
      `${path} is as it was`,
      async () => {
        const live = await admin.find<Deployment>(path);
        const { replicas, paused = false } = live?.spec ?? {};
        return live !== undefined && replicas === 1 && !paused && tagOf(live) === '1.1.0';
      },
      REPAIRED_WITHIN_MS,
    );
  }

  const tagOf = ({ spec }: Deployment): string =>
    spec.template.spec.containers[0]?.image.split(':').at(-1) ?? '';

  const isUp = ({ metadata, status = {} }: Deployment): boolean => {
    const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    const isSeen = observedGeneration >= (metadata.generation ?? 0);
    return isSeen && updatedReplicas > 0 && availableReplicas > 0;
  };

  it('reaches a few at a time', async () => {
    const done = new Set<string>();
    const replaced = new Map<string, Deployment>();
    let most: Deployment[] = [];
    // Every step, in its order: one that is up again makes room for one more.
    const watch = new AbortController();
    const see = ({ object }: { object: Deployment }): void => {
      const { namespace = '' } = object.metadata;
      if (tagOf(object) !== '1.1.0' || done.has(namespace)) return;
      replaced.set(namespace, object);
      if (isUp(object)) done.add(namespace);
      const under = [...replaced].filter(([name]) => !done.has(name)).map(([, one]) => one);
      if (under.length > most.length) most = under;
    };
    const seen = admin.watch(ours(), see, watch.signal).catch(() => undefined);
    await world.restart({ NEXUS_NODE_TAG: '1.1.0' });
    await until('all have the other image', async () => done.size === TENANTS, 100_000);
    watch.abort();
    await seen;
    expect(most.length).toBeGreaterThan(0);
    const told = JSON.stringify(most.map(({ metadata, status }) => [metadata.namespace, status]));
    expect(most.length, told).toBeLessThanOrEqual(PARALLEL);
    for (const { id } of tenants) await tenantWhen(world.admin.client, id, ({ ready }) => ready);
  });

  it('stops when three have failed with it, and goes back', async () => {
    const release = world.kubelet.hold('image', ({ spec }) =>
      (spec.containers[0]?.image ?? '').endsWith(':broken'),
    );
    await world.restart({ NEXUS_NODE_TAG: 'broken' });
    const { client } = world.admin;
    const waiting = await until(
      'the others are told that it stopped',
      async () => {
        const all = await Promise.all(
          tenants.map(async ({ id }) => (await sdk.getTenant({ client, path: { id } })).data),
        );
        const stopped = all.filter((tenant) =>
          tenant?.conditions.some(({ reason }) => reason === 'RolloutStopped'),
        );
        const others = all.filter((tenant) => tenant?.ready);
        return stopped.length > 0 && stopped.length === others.length && stopped;
      },
      60_000,
    );
    expect(waiting.map((tenant) => tenant?.ready)).toEqual(waiting.map(() => true));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const broken = (await deployments()).filter((one) => tagOf(one) === 'broken');
    // Those that were under way when the third one failed are not called back.
    expect(broken.length).toBeGreaterThanOrEqual(MOST_FAILED);
    expect(broken.length).toBeLessThan(MOST_FAILED + PARALLEL);
    await expectRepairs(waiting.map((tenant) => tenant?.crName ?? ''));
    await world.restart({ NEXUS_NODE_TAG: '1.1.0' });
    for (const { id } of tenants) {
      await tenantWhen(world.admin.client, id, ({ ready }) => ready, 60_000);
    }
    release();
  });
});
