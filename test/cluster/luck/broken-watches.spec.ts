import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, sdk } from '../../support/api.js';
import { until } from '../../support/until.js';
import { FaultProxy } from '../fault-proxy.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';

const cluster = theCluster();
const { admin } = cluster;

/** A list has to be read again, after a failure or two. */
const SEEN_WITHIN_MS = 30_000;
/** A watch over which nothing comes counts as dead after 90 s. */
const SILENT_WITHIN_MS = 130_000;

interface Service {
  spec: { sessionAffinity: string };
}

// Nobody runs the pods: what is looked at are the objects, which do not wait for a node.
describe.skipIf(cluster.facts.kubelet === undefined)('watches that break', () => {
  let proxy: FaultProxy;
  let world: World;
  let namespace: string;
  /** How many there are while all is well. */
  let watches: number;

  beforeAll(async () => {
    proxy = await FaultProxy.start(cluster.facts);
    world = await World.start({ through: proxy.url, kubelet: { serves: () => false } });
    const { client } = world.admin;
    const body = { displayName: 'Watched' };
    const tenant = expectData(await sdk.createTenant({ client, body }), 201);
    namespace = tenant.crName;
    await untilPutRight(SEEN_WITHIN_MS);
    watches = proxy.openWatches();
  });
  afterAll(async () => {
    await world?.stop();
    await proxy?.stop();
  });

  const service = (): string => `/api/v1/namespaces/${namespace}/services/astromesh-node`;
  const limits = (): string => `/api/v1/namespaces/${namespace}/limitranges/nexus-limits`;
  const node = (): string => `/apis/apps/v1/namespaces/${namespace}/deployments/astromesh-node`;

  /** One thing changed and one deleted, by somebody else. */
  async function change(): Promise<void> {
    await admin.patch(service(), { spec: { sessionAffinity: 'ClientIP' } });
    await admin.delete(limits());
  }

  /** Waits until both are put right, and the last of the objects is there. */
  async function untilPutRight(withinMs: number): Promise<true> {
    return until(
      'what was changed is put right',
      async () => {
        const [changed, deleted, last] = await Promise.all([
          admin.find<Service>(service()),
          admin.find(limits()),
          admin.find(node()),
        ]);
        const isThere = deleted !== undefined && last !== undefined;
        return changed?.spec.sessionAffinity === 'None' && isThere;
      },
      withinMs,
    );
  }

  /** Those that broke before are back, each after a wait of its own. */
  async function untilWatched(): Promise<void> {
    await until('all are watched', async () => proxy.openWatches() >= watches, SEEN_WITHIN_MS);
  }

  it.each<[string, () => void]>([
    ['were reset', () => proxy.reset()],
    ['got a 410', () => expect(proxy.expireWatches()).toBeGreaterThan(5)],
    ['got an ERROR', () => expect(proxy.sendFrame(internalError())).toBeGreaterThan(5)],
  ])('tell what was changed while they were away, after they %s', async (_, breakThem) => {
    await untilWatched();
    const letIn = proxy.refuse(503);
    try {
      breakThem();
      await until('all of them broke', async () => proxy.openWatches() === 0, 5_000);
      await change();
    } finally {
      letIn();
    }
    expect(await untilPutRight(SEEN_WITHIN_MS)).toBe(true);
  });

  it(
    'count as dead when nothing comes over them, and others tell what was changed meanwhile',
    { timeout: 2 * SILENT_WITHIN_MS },
    async () => {
      await untilWatched();
      proxy.goSilent();
      await change();
      expect(await untilPutRight(SILENT_WITHIN_MS)).toBe(true);
    },
  );

  it('are as before afterwards: a change is put right at once', async () => {
    await change();
    await untilPutRight(5_000);
    expect(proxy.openWatches()).toBeGreaterThan(5);
  });
});

function internalError() {
  const id = randomBytes(4).toString('hex');
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' };
  return {
    type: 'ERROR',
    object: { ...status, message: `etcd is gone (${id})`, reason: 'InternalError', code: 500 },
  };
}
