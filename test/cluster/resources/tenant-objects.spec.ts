import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  inSync,
  repairsOf,
} from '../../../src/reconciliation/drivers/kubernetes/objects/in-sync.js';
import { nodeSecret } from '../../../src/reconciliation/drivers/kubernetes/objects/node-objects.js';
import { tenantObjects } from '../../../src/reconciliation/drivers/kubernetes/objects/tenant-objects.js';
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { type Edit, editsOf } from '../../support/edits.js';
import { clusterSettings, tenantWish } from '../../support/tenant-wish.js';
import { until } from '../../support/until.js';
import { ApiRefusal } from '../api-client.js';
import { resourcePath } from '../resource-path.js';
import { theCluster } from '../test-cluster.js';
import { applyDefinitions } from './definitions.js';
import { isSameBut, NOT_OURS, putEdited } from './foreign-edit.js';

const cluster = theCluster();
const { admin } = cluster;
beforeAll(() => applyDefinitions(admin));

const PLAIN = clusterSettings();
const RICH = clusterSettings({
  podSecurity: 'restricted',
  podSecurityVersion: 'v1.36',
  pullSecrets: ['registry'],
  egressCidrs: ['10.1.0.0/16', 'fd00::1'],
  apiServerCidrs: ['10.9.0.1'],
  extraLabels: { team: 'ai' },
  quotaReserve: { cpu: '250m', memory: '0.5Gi' },
});
const QUANTITIES = { cpu: '1.5', memory: '1.5Gi' };

/** Applies all objects of a new tenant; its removal is asked for at the end of the test. */
async function applied(settings = PLAIN, changes = {}): Promise<AppliedObject[]> {
  const crName = `objects-${randomBytes(4).toString('hex')}`;
  const objects = tenantObjects(tenantWish({ crName, ...changes }), settings);
  onTestFinished(() => admin.delete(`/api/v1/namespaces/${crName}`));
  for (const object of objects) await admin.apply(object);
  return objects;
}

describe('the objects of a tenant', () => {
  it.each([
    ['as they are by default', PLAIN, {}],
    ['with every setting', RICH, { ...QUANTITIES, variablesStamp: 'abc', suspend: true }],
    ['of a small quota', PLAIN, { cpu: '0.05', memory: '64M', maxAgents: 0 }],
    ['with large amounts', PLAIN, { cpu: '1000', memory: '1Ti', maxAgents: 100_000 }],
    ['with odd amounts', PLAIN, { cpu: '0.123', memory: '1000.5Ki' }],
  ])('%s are in sync once they are applied', async (_, settings, changes) => {
    for (const object of await applied(settings, changes)) {
      const live = await admin.get<AppliedObject>(resourcePath(object));
      expect({ [object.kind]: inSync(live, object) }).toEqual({ [object.kind]: [] });
    }
  });

  it('are applied a second time without a change', async () => {
    for (const object of await applied(RICH, QUANTITIES)) {
      const path = resourcePath(object);
      const before = await admin.get<AppliedObject>(path);
      const after = await admin.apply<AppliedObject>(object);
      // Controllers write the status; what we have applied stays as it is.
      expect(after.metadata.generation).toBe(before.metadata.generation);
      expect(inSync(after, object)).toEqual([]);
    }
  });

  it.each([
    ['baseline', clusterSettings()],
    ['restricted', RICH],
  ])('have a pod that the level %s lets pass', async (_, settings) => {
    const deployment = (await applied(settings)).find(({ kind }) => kind === 'Deployment');
    const namespace = deployment?.metadata.namespace;
    const pods = await until('the pod is there', async () => {
      const list = await admin.list(`/api/v1/namespaces/${namespace}/pods`);
      return list.length > 0 && list;
    });
    expect(pods).toHaveLength(1);
  });

  it('hold the variables of the node', async () => {
    const [namespace] = await applied();
    const wish = tenantWish({ crName: namespace?.metadata.name ?? '' });
    const secret = nodeSecret(wish, PLAIN, { MODEL_KEY: 'not-a-real-key' });
    expect(await admin.apply(secret)).toMatchObject({ data: secret['data'] });
  });
});

describe('drift', () => {
  it('of every field of every object is seen and put right', { timeout: 300_000 }, async () => {
    const objects = await applied(RICH, { ...QUANTITIES, variablesStamp: 'abc' });
    const seen: string[] = [];
    for (const object of objects) {
      for (const edit of editsOf(object).filter(({ name }) => !NOT_OURS.test(name))) {
        const outcome = await editAndRepair(object, edit);
        if (outcome === 'seen') seen.push(`${object.kind} ${edit.name}`);
      }
    }
    // Most of the rest is what the API server itself does not let anybody change.
    expect(seen.length).toBeGreaterThan(150);
  });
});

/** Makes one edit as somebody else would; says what came of it when it is repaired. */
async function editAndRepair(object: AppliedObject, edit: Edit): Promise<'seen' | 'none'> {
  const path = resourcePath(object);
  const before = await admin.get<AppliedObject>(path);
  const live = await putEdited(admin, object, edit, before);
  // Refused, or without effect: the server fills in what was removed, and drops what it knows not.
  if (live === undefined || isSameBut(live, before)) return 'none';
  expect({ [edit.name]: inSync(live, object).length > 0 }).toEqual({ [edit.name]: true });
  await repair(path, object);
  expect({ [edit.name]: inSync(await admin.get<AppliedObject>(path), object) }).toEqual({
    [edit.name]: [],
  });
  return 'seen';
}

async function repair(path: string, object: AppliedObject): Promise<void> {
  await until(`${path} is repaired`, async () => {
    const patch = repairsOf(await admin.get<AppliedObject>(path), object);
    try {
      if (patch.length > 0) await admin.patch(path, patch, 'json');
      await admin.apply(object);
      return true;
    } catch (error) {
      // A controller wrote in between: the patch is for another version.
      if (error instanceof ApiRefusal && error.code === 409) return false;
      throw error;
    }
  });
}
