import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appliedObjects } from '../../../src/reconciliation/drivers/kubernetes/applied-objects.js';
import { inSync } from '../../../src/reconciliation/drivers/kubernetes/objects/in-sync.js';
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { expectData, sdk } from '../../support/api.js';
import { type Edit, editsOf } from '../../support/edits.js';
import { clusterSettings, tenantWish } from '../../support/tenant-wish.js';
import { until } from '../../support/until.js';
import type { KubeObject } from '../kube-objects.types.js';
import { resourcePath } from '../resource-path.js';
import { isSameBut, NOT_OURS, putEdited } from '../resources/foreign-edit.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;
const TENANTS = 5;
const REPAIRED_WITHIN_MS = 2_000;

interface Event extends KubeObject {
  reason: string;
  message: string;
  involvedObject: { kind: string; namespace?: string; name: string };
}

interface Seen {
  object: AppliedObject;
  name: string;
  tookMs: number;
}

describe.skipIf(cluster.facts.kubelet === undefined)('what somebody else changes', () => {
  let world: World;
  beforeAll(async () => {
    // Nobody runs their pods: what is put right does not wait for a node.
    world = await World.start({ kubelet: { serves: () => false } });
  });
  afterAll(() => world?.stop());

  it(
    'is put back within 2 s, with an Event, whichever field it is',
    { timeout: 300_000 },
    async (context) => {
      const tenants = await Promise.all(Array.from({ length: TENANTS }, () => newTenant(world)));
      // What is changed while a tenant is being made is put right without a word.
      await cluster.audit(context).untilQuiet(world.account.user);
      const edits = editsOfTenant(tenants[0] ?? []);
      const seen: Seen[] = [];
      // One at a time in a tenant, many tenants at once.
      await Promise.all(
        tenants.map(async (objects, nth) => {
          for (const { index, edit } of edits.filter((_, place) => place % TENANTS === nth)) {
            const object = objects[index] as AppliedObject;
            const tookMs = await change(object, edit);
            if (tookMs !== undefined) seen.push({ object, name: edit.name, tookMs });
          }
        }),
      );
      const slow = seen.filter(({ tookMs }) => tookMs > REPAIRED_WITHIN_MS);
      expect(
        slow.map(({ object, name, tookMs }) => `${object.kind} ${name}: ${tookMs} ms`),
      ).toEqual([]);
      expect(seen.length).toBeGreaterThan(150);
      for (const objects of tenants) await expectEvents(objects, seen);
    },
  );

  it('is made again where it was deleted', async () => {
    for (const object of await newTenant(world)) {
      const path = resourcePath(object);
      if (object.kind === 'Namespace') continue;
      const before = await admin.get(path);
      const deletedAt = Date.now();
      await admin.delete(path);
      await until(`${path} is made again`, async () => {
        const found = await admin.find(path);
        return found !== undefined && found.metadata.uid !== before.metadata.uid;
      });
      await untilInSync(object);
      expect({ [path]: Date.now() - deletedAt < REPAIRED_WITHIN_MS }).toEqual({ [path]: true });
    }
  });

  it('is made again with all that was in it where it was the namespace', async () => {
    const objects = await newTenant(world);
    const [namespace] = objects as [AppliedObject];
    const before = await admin.get(resourcePath(namespace));
    await admin.delete(resourcePath(namespace));
    await until('another namespace is there', async () => {
      const found = await admin.find(resourcePath(namespace));
      return found !== undefined && found.metadata.uid !== before.metadata.uid;
    });
    for (const object of objects) expect(await untilInSync(object)).toBe(true);
  });
});

/** Makes a tenant, and waits until its objects are there; gives them as they are applied. */
async function newTenant(world: World): Promise<AppliedObject[]> {
  const { client } = world.admin;
  const body = { displayName: 'Somebody' };
  const tenant = expectData(await sdk.createTenant({ client, body }), 201);
  const settings = clusterSettings({ namespace: world.namespace, nodeAccess: 'proxy' });
  const { id, crName, displayName } = tenant;
  const { nodeProfile, maxAgents, cpu, memory } = { ...tenant, ...tenant.resourceQuota };
  const wish = tenantWish({ id, crName, displayName, nodeProfile, maxAgents, cpu, memory });
  const objects = appliedObjects(wish, settings);
  for (const object of objects) await untilInSync(object);
  return objects;
}

function editsOfTenant(objects: readonly AppliedObject[]): { index: number; edit: Edit }[] {
  return objects.flatMap((object, index) =>
    editsOf(object)
      .filter(({ name }) => !NOT_OURS.test(name))
      .map((edit) => ({ index, edit })),
  );
}

async function untilInSync(object: AppliedObject): Promise<true> {
  return until(`${resourcePath(object)} is as it is applied`, async () => {
    const live = await admin.find<AppliedObject>(resourcePath(object));
    return live !== undefined && inSync(live, object).length === 0;
  });
}

/** Makes one change; gives the milliseconds until it was put back, undefined for one without effect. */
async function change(object: AppliedObject, edit: Edit): Promise<number | undefined> {
  const before = await admin.get<AppliedObject>(resourcePath(object));
  const changedAt = Date.now();
  const live = await putEdited(admin, object, edit, before);
  if (live === undefined || isSameBut(live, before)) return undefined;
  await untilInSync(object);
  return Date.now() - changedAt;
}

/** Each object of a tenant that was changed has Events that say so. */
async function expectEvents(
  objects: readonly AppliedObject[],
  seen: readonly Seen[],
): Promise<void> {
  const changed = objects.filter((object) => seen.some((one) => one.object === object));
  for (const { kind, metadata } of changed) {
    const namespace = metadata.namespace ?? 'default';
    const selector = `fieldSelector=involvedObject.name%3D${metadata.name},reason%3DDriftRepaired`;
    await until(`there is an Event of ${kind} ${metadata.name}`, async () => {
      const events = await admin.list<Event>(`/api/v1/namespaces/${namespace}/events?${selector}`);
      return events.some(({ involvedObject }) => involvedObject.kind === kind);
    });
  }
}
