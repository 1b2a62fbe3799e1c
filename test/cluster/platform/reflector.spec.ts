import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../../../src/platform/clock/system-clock.js';
import { isGone } from '../../../src/platform/kubernetes/kubernetes.errors.js';
import type { KubernetesApi } from '../../../src/platform/kubernetes/kubernetes-api.js';
import { Reflector, type ReflectorOptions } from '../../../src/platform/kubernetes/reflector.js';
import { watchFrames } from '../../../src/platform/kubernetes/watch-frames.js';
import { silentLogger } from '../../support/silent-logger.js';
import { ControlPlane } from '../control-plane.js';
import { TestCluster, theCluster } from '../test-cluster.js';
import { CONFIG_MAP, type ConfigMap, connected } from './kube-connection.js';

async function follow(kubeconfig: string, options: ReflectorOptions<ConfigMap>) {
  const { api } = await connected(kubeconfig);
  const tools = { api, clock: new SystemClock(), logger: silentLogger() };
  const reflector = new Reflector<ConfigMap>(CONFIG_MAP, options, tools);
  onTestFinished(() => reflector.stop());
  const seen: string[] = [];
  reflector.on({
    added: ({ metadata }) => void seen.push(`+${metadata.name}`),
    updated: ({ metadata }) => void seen.push(`~${metadata.name}`),
    deleted: ({ metadata }) => void seen.push(`-${metadata.name}`),
  });
  reflector.start();
  await reflector.synced;
  return { api, reflector, seen };
}

describe('a reflector of a real cluster', () => {
  it('lists by pages, and hears what is labelled, changed, unlabelled and deleted', async () => {
    const cluster = theCluster();
    const namespace = await cluster.namespace('reflector');
    const kubeconfig = cluster.facts.adminKubeconfig;
    const { api } = await connected(kubeconfig);
    const map = (name: string, mine: string): ConfigMap => ({
      metadata: { namespace, name, labels: { mine } },
    });
    for (let nth = 0; nth < 5; nth++) await api.apply(CONFIG_MAP, map(`m${nth}`, 'yes'));
    await api.apply(CONFIG_MAP, map('other', 'no'));

    const options = { labelSelector: 'mine=yes', namespace, pageSize: 2 };
    const { reflector, seen } = await follow(kubeconfig, options);
    expect(reflector.store.keys().map((key) => key.split('/')[1])).toEqual(
      expect.arrayContaining(['m0', 'm1', 'm2', 'm3', 'm4']),
    );
    expect(seen).toHaveLength(5);
    expect(reflector.store.list().every(({ metadata }) => !metadata.managedFields)).toBe(true);

    seen.length = 0;
    await api.apply(CONFIG_MAP, map('other', 'yes'));
    await api.apply(CONFIG_MAP, { ...map('m0', 'yes'), data: { a: '1' } });
    await api.apply(CONFIG_MAP, map('m1', 'no'));
    await api.delete(CONFIG_MAP, { namespace, name: 'm2' });
    await expect.poll(() => seen).toEqual(['+other', '~m0', '-m1', '-m2']);
  });

  it('outlives an API server that is killed, and learns what happened meanwhile', async (context) => {
    if (process.env['USE_EXISTING_CLUSTER'] === 'true') context.skip('it kills an API server');
    const plane = await ControlPlane.start();
    onTestFinished(() => plane.stop());
    const cluster = new TestCluster(plane.facts);
    const namespace = await cluster.namespace('reflector');
    const { api, seen } = await follow(plane.facts.adminKubeconfig, {
      namespace,
      labelSelector: 'mine=yes',
    });
    const labels = { mine: 'yes' };
    await api.apply(CONFIG_MAP, { metadata: { namespace, name: 'before', labels } });
    await expect.poll(() => seen).toEqual(['+before']);
    await plane.stopOne('apiserver', 'SIGKILL');
    await plane.startOne('apiserver');
    await plane.untilReady();
    await api.apply(CONFIG_MAP, { metadata: { namespace, name: 'after', labels } });
    await api.delete(CONFIG_MAP, { namespace, name: 'before' });
    await expect
      .poll(() => [...seen].sort(), { timeout: 40_000 })
      .toEqual(['+after', '+before', '-before']);
    // What was before its start, this API server knows no more.
    expect(isGone(await failureOfWatch(api, '1'))).toBe(true);
  });
});

async function failureOfWatch(api: KubernetesApi, resourceVersion: string): Promise<unknown> {
  try {
    const response = await api.watch(CONFIG_MAP, { resourceVersion, timeoutSeconds: 5 });
    for await (const frame of watchFrames(response)) {
      if (frame.type !== 'BOOKMARK') return frame;
    }
  } catch (error) {
    return error;
  }
  return undefined;
}
