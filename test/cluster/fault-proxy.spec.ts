import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';
import { ApiClient, ApiRefusal } from './api-client.js';
import { FaultProxy } from './fault-proxy.js';
import { readKubeconfig } from './kubeconfig.js';
import type { WatchEvent } from './kube-objects.types.js';
import { untilAllowed } from './rights.js';
import { theCluster } from './test-cluster.js';

const cluster = theCluster();
const SOON_MS = 500;

// It shows the certificate of a server that the harness has started.
describe.skipIf(cluster.facts.kubelet === undefined)('the proxy for faults', () => {
  let proxy: FaultProxy;
  let namespace: string;
  let api: ApiClient;

  beforeEach(async () => {
    proxy = await FaultProxy.start(cluster.facts);
  });
  afterEach(async () => {
    api.close();
    await proxy.stop();
  });

  /** A client of the proxy that may read everything. */
  async function connect(): Promise<void> {
    namespace = await cluster.namespace('proxy');
    const { kubeconfig, user } = await cluster.serviceAccount(namespace, 'reader');
    await cluster.admin.create({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace, name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    });
    await untilAllowed(cluster.admin, user, { namespace, verb: 'watch', resource: 'configmaps' });
    api = new ApiClient({ ...readKubeconfig(kubeconfig), server: proxy.url });
  }

  const configMaps = (): string => `/api/v1/namespaces/${namespace}/configmaps`;

  /** A watch that has begun. */
  async function watching(): Promise<{ events: WatchEvent<object>[]; over: Promise<unknown> }> {
    const events: WatchEvent<object>[] = [];
    const { signal } = new AbortController();
    const over = api
      .watch(configMaps(), (event) => events.push(event), signal)
      .then(
        () => 'ended',
        (error: NodeJS.ErrnoException) => error.code,
      );
    await until('the watch has begun', async () => events.length > 0);
    return { events, over };
  }

  const add = (name: string): Promise<unknown> =>
    cluster.admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } });

  it('passes requests and events on', async () => {
    await connect();
    expect(await api.list(configMaps())).toHaveLength(1);
    const { events } = await watching();
    await add('new');
    await until('the event comes', async () => events.length === 2);
    expect(proxy.openWatches(namespace)).toBe(1);
    await expect(api.list('/api/v1/nodes')).rejects.toMatchObject({ code: 403 });
  });

  it('leaves a connection open over which nothing comes', async () => {
    await connect();
    const { events, over } = await watching();
    proxy.goSilent();
    await add('unseen');
    const first = await Promise.race([over, pause().then(() => 'open')]);
    expect([first, events.length]).toEqual(['open', 1]);
    const fresh = new ApiClient(api.access);
    expect(await fresh.list(configMaps())).toHaveLength(2);
    fresh.close();
  });

  it('drops everything until it is told to go on', async () => {
    await connect();
    const goOn = proxy.goSilentForAll();
    const unanswered = new ApiClient(api.access);
    const first = unanswered.list(configMaps()).catch(() => 'failed');
    expect(await Promise.race([first, pause().then(() => 'nothing')])).toBe('nothing');
    unanswered.close();
    goOn();
    expect(await api.list(configMaps())).toHaveLength(1);
  });

  it('resets connections', async () => {
    await connect();
    const { over } = await watching();
    proxy.reset();
    expect(await over).toBe('ECONNRESET');
  });

  it('refuses, and sends frames of its own', async () => {
    await connect();
    const accept = proxy.refuse(503);
    await expect(api.list(configMaps())).rejects.toBeInstanceOf(ApiRefusal);
    accept();
    const { events, over } = await watching();
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } };
    expect(proxy.sendFrame(bookmark, namespace)).toBe(1);
    expect(proxy.expireWatches(namespace)).toBe(1);
    expect(await over).toBe('ended');
    expect(events.slice(1)).toMatchObject([
      bookmark,
      { type: 'ERROR', object: { code: 410, reason: 'Expired' } },
    ]);
  });
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SOON_MS));
}
