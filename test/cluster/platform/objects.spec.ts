import { describe, expect, it } from 'vitest';
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  isQuotaRefusal,
} from '../../../src/platform/kubernetes/kubernetes.errors.js';
import type {
  KubernetesObject,
  ResourceKind,
} from '../../../src/platform/kubernetes/kubernetes-object.js';
import { theCluster } from '../test-cluster.js';
import { CONFIG_MAP, type ConfigMap, connected } from './kube-connection.js';

const POD: ResourceKind = { ...CONFIG_MAP, plural: 'pods', kind: 'Pod' };
const QUOTA: ResourceKind = { ...CONFIG_MAP, plural: 'resourcequotas', kind: 'ResourceQuota' };

const cluster = theCluster();

async function start() {
  const namespace = await cluster.namespace('objects');
  const { api } = await connected(cluster.facts.adminKubeconfig);
  const map = (data: Record<string, string>): ConfigMap => ({
    metadata: { namespace, name: 'mine' },
    data,
  });
  return { namespace, api, map, ref: { namespace, name: 'mine' } };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}

describe('server-side apply', () => {
  it('makes, changes nothing the second time, and takes back what is no longer said', async () => {
    const { api, map, ref } = await start();
    const first = await api.apply(CONFIG_MAP, map({ a: '1', b: '2' }));
    const second = await api.apply(CONFIG_MAP, map({ a: '1', b: '2' }));
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    await api.apply(CONFIG_MAP, map({ a: '3' }));
    expect((await api.get<ConfigMap>(CONFIG_MAP, ref)).data).toEqual({ a: '3' });
  });

  it('takes fields from others by force, and says whose they are without', async () => {
    const { api, map } = await start();
    await api.apply(CONFIG_MAP, map({ a: '1' }), { fieldManager: 'somebody' });
    const refused = await failureOf(api.apply(CONFIG_MAP, map({ a: '2' }), { force: false }));
    expect(isConflict(refused)).toBe(true);
    expect(refused).toMatchObject({ causes: [{ reason: 'FieldManagerConflict' }] });
    expect((refused as Error).message).toContain('somebody');
    expect((await api.apply(CONFIG_MAP, map({ a: '2' }))).data).toEqual({ a: '2' });
  });

  it('writes a status through its subresource alone', async () => {
    const { api, namespace } = await start();
    const metadata = { namespace, name: 'pod' };
    const spec = { containers: [{ name: 'c', image: 'none' }] };
    await api.apply(POD, { metadata, spec } as KubernetesObject);
    const conditions = [{ type: 'nexus.test/Fine', status: 'True' }];
    const pod = { metadata, spec, status: { conditions } } as KubernetesObject;
    expect(await api.apply(POD, pod)).not.toMatchObject({ status: { conditions } });
    const status = { metadata, status: { conditions } } as KubernetesObject;
    expect(await api.applyStatus(POD, status)).toMatchObject({ spec, status: { conditions } });
  });
});

describe('a write that is refused', () => {
  it('tells a version that is no longer, and a name that is taken', async () => {
    const { api, map } = await start();
    const first = await api.create(CONFIG_MAP, map({ a: '1' }));
    await api.replace(CONFIG_MAP, { ...first, data: { a: '2' } });
    const late = await failureOf(api.replace(CONFIG_MAP, { ...first, data: { a: '3' } }));
    expect(isConflict(late)).toBe(true);
    expect(isAlreadyExists(await failureOf(api.create(CONFIG_MAP, map({}))))).toBe(true);
  });

  it('deletes no other object of that name', async () => {
    const { api, map, ref } = await start();
    const { uid } = (await api.create(CONFIG_MAP, map({}))).metadata;
    const wrong = await failureOf(api.delete(CONFIG_MAP, ref, { uid: `${uid}x` }));
    expect(isConflict(wrong)).toBe(true);
    expect(await api.delete(CONFIG_MAP, ref, uid === undefined ? {} : { uid })).toBe(true);
    expect(await api.delete(CONFIG_MAP, ref)).toBe(false);
    expect(isNotFound(await failureOf(api.get(CONFIG_MAP, ref)))).toBe(true);
  });

  it('tells a quota, a right that is missing and a field that is wrong', async () => {
    const { api, map, namespace } = await start();
    const { kubeconfig } = await cluster.serviceAccount(namespace, 'nobody');
    const nobody = await connected(kubeconfig);
    expect(isForbidden(await failureOf(nobody.api.list(CONFIG_MAP, { namespace })))).toBe(true);
    expect(isQuotaRefusal(await failureOf(nobody.api.create(CONFIG_MAP, map({}))))).toBe(false);
    const wrong = { ...map({}), data: { 'no key': 'x' } };
    expect(isInvalid(await failureOf(api.create(CONFIG_MAP, wrong)))).toBe(true);

    const metadata = { namespace, name: 'none' };
    await api.create(QUOTA, { metadata, spec: { hard: { pods: '0' } } } as KubernetesObject);
    const spec = { containers: [{ name: 'c', image: 'none' }] };
    const pod = { metadata: { namespace, name: 'pod' }, spec } as KubernetesObject;
    await expect.poll(() => failureOf(api.create(POD, pod)).then(isQuotaRefusal)).toBe(true);
  });
});
