import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { tenantNamespace } from '../../../src/reconciliation/drivers/kubernetes/objects/namespace.js';
import { clusterSettings, tenantWish } from '../../support/tenant-wish.js';
import { until } from '../../support/until.js';
import { theCluster } from '../test-cluster.js';
import { applyDefinitions } from './definitions.js';

const cluster = theCluster();
const { admin } = cluster;
beforeAll(() => applyDefinitions(admin));

async function tenantIn(namespace: string, deletionProtection: boolean) {
  const name = `kept-${randomBytes(4).toString('hex')}`;
  const path = `/apis/nexus.astromesh.io/v1alpha1/namespaces/${namespace}/nexustenants/${name}`;
  await admin.apply({
    apiVersion: 'nexus.astromesh.io/v1alpha1',
    kind: 'NexusTenant',
    metadata: { name, namespace },
    spec: { displayName: 'Kept', deletionProtection },
  });
  return { name, path };
}

describe('a protected tenant', () => {
  it('cannot be deleted by anybody until its protection is lifted', async () => {
    const { path } = await tenantIn(await cluster.namespace('protected'), true);
    await expect(admin.delete(path)).rejects.toMatchObject({ code: 403 });
    const collection = path.replace(/\/[^/]+$/, '');
    await expect(admin.delete(collection)).rejects.toMatchObject({ code: 403 });
    await admin.patch(path, { spec: { deletionProtection: false } });
    await admin.delete(path);
    expect(await admin.find(path)).toBeUndefined();
  });

  it('keeps its namespace until its protection is lifted', async () => {
    const crName = `kept-${randomBytes(4).toString('hex')}`;
    const path = `/api/v1/namespaces/${crName}`;
    const settings = clusterSettings();
    const wish = tenantWish({ crName, deletionProtection: true });
    await admin.apply(tenantNamespace(wish, settings));
    await expect(admin.delete(path)).rejects.toMatchObject({ code: 403 });
    await admin.apply(tenantNamespace({ ...wish, deletionProtection: false }, settings));
    await admin.delete(path);
    await until('the namespace is gone', async () => (await admin.find(path)) === undefined);
  });

  it('does not keep the namespace that it is in from ending', async () => {
    const namespace = await cluster.namespace('ending');
    const { path } = await tenantIn(namespace, true);
    await admin.delete(`/api/v1/namespaces/${namespace}`);
    await until(
      'the namespace is gone',
      async () => (await admin.find(`/api/v1/namespaces/${namespace}`)) === undefined,
    );
    expect(await admin.find(path)).toBeUndefined();
  });

  it('is the only one that is kept', async () => {
    const { path } = await tenantIn(await cluster.namespace('open'), false);
    await admin.delete(path);
    expect(await admin.find(path)).toBeUndefined();
  });
});
