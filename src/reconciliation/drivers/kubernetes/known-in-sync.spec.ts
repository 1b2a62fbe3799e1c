import { describe, expect, it } from 'vitest';
import { clusterSettings, tenantWish } from '../../../../test/support/tenant-wish.js';
import type { KubernetesObject } from '../../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { appliedObjects } from './applied-objects.js';
import { KnownInSync } from './known-in-sync.js';

const settings = clusterSettings();
const wish = tenantWish();

/** A cluster that holds what is applied for the wish, by kind and name. */
function clusterOf(): Map<string, AppliedObject> {
  const objects = structuredClone(appliedObjects(wish, settings));
  return new Map(objects.map((object) => [keyOf(object), object]));
}

function keyOf({ kind, metadata }: AppliedObject): string {
  return `${kind} ${metadata.name}`;
}

function finderIn(live: Map<string, AppliedObject>) {
  return (applied: AppliedObject): KubernetesObject | undefined => live.get(keyOf(applied));
}

describe('what is known to be in sync', () => {
  it('is nothing at first: all is compared', () => {
    const known = new KnownInSync(settings);
    expect(known.differences(known.objectsOf(wish), () => undefined)).toHaveLength(
      appliedObjects(wish, settings).length,
    );
    expect(known.differences(known.objectsOf(wish), finderIn(clusterOf()))).toEqual([]);
  });

  it('is compared again when the live object is another one', () => {
    const known = new KnownInSync(settings);
    const live = clusterOf();
    expect(known.differences(known.objectsOf(wish), finderIn(live))).toEqual([]);
    const service = live.get('Service astromesh-node');
    if (service === undefined) throw new Error('no Service');
    const edited = { ...service, spec: { ...(service['spec'] as object), type: 'NodePort' } };
    live.set('Service astromesh-node', edited);
    expect(known.differences(known.objectsOf(wish), finderIn(live))).toMatchObject([
      { paths: ['spec.type'] },
    ]);
    expect(known.differences(known.objectsOf(wish), finderIn(live))).toMatchObject([
      { paths: ['spec.type'] },
    ]);
    live.set('Service astromesh-node', service);
    expect(known.differences(known.objectsOf(wish), finderIn(live))).toEqual([]);
  });

  it('is compared again when another thing is wanted', () => {
    const known = new KnownInSync(settings);
    const live = clusterOf();
    expect(known.differences(known.objectsOf(wish), finderIn(live))).toEqual([]);
    const asleep = known.differences(known.objectsOf({ ...wish, suspend: true }), finderIn(live));
    expect(asleep).toMatchObject([{ paths: ['spec.replicas'] }]);
    expect(known.differences(known.objectsOf(wish), finderIn(live))).toEqual([]);
  });
});
