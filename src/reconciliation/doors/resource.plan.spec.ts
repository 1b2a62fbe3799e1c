import { describe, expect, it } from 'vitest';
import type { Kept } from './kept-resource.js';
import { planResource, withoutFields } from './resource.plan.js';
import { wantedTenant } from './wanted-resource.js';
import { clusterSettings } from '../../../test/support/tenant-wish.js';
import { tenantRow } from '../../../test/support/rows.js';
import type { AppliedObject } from '../resources/applied-object.js';

const settings = clusterSettings();
const ours = wantedTenant(tenantRow(), settings, 'ada@example.com');
const theirs = wantedTenant({ ...tenantRow(), origin: 'cluster' }, settings, null);

function live(
  from: AppliedObject,
  { spec = {}, ...more }: { spec?: object } & Partial<Kept<AppliedObject>> = {},
): Kept<AppliedObject> {
  const metadata = { ...from.metadata, uid: 'u1', generation: 1, ...more.metadata };
  return { ...from, ...more, metadata, spec: { ...(from['spec'] as object), ...spec } };
}

describe('the resource of the origin api', () => {
  it('is left alone when it is as it is wanted', () => {
    expect(planResource(live(ours), ours, 'api', 1)).toEqual({ operations: [], drift: undefined });
  });

  it('keeps labels and annotations of others', () => {
    const { labels, annotations } = ours.metadata;
    const metadata = {
      ...ours.metadata,
      labels: { ...labels, team: 'ai' },
      annotations: { ...annotations, note: 'x' },
    };
    expect(planResource(live(ours, { metadata }), ours, 'api', 1).operations).toEqual([]);
  });

  it('is put back after a foreign edit of the spec, which names the manager', () => {
    const edited = live(ours, { spec: { suspend: true }, specManager: 'kubectl-edit' });
    expect(
      planResource({ ...edited, metadata: { ...edited.metadata, generation: 2 } }, ours, 'api', 1),
    ).toEqual({
      operations: [{ kind: 'apply' }],
      drift: { manager: 'kubectl-edit', fields: ['spec.suspend'] },
    });
  });

  it('loses what somebody has added', () => {
    const edited = live(ours, { spec: { nodeVersion: '9' }, specManager: 'kubectl-edit' });
    expect(planResource(edited, ours, 'api', 0).operations).toEqual([
      { kind: 'strip', pointers: ['/spec/nodeVersion'] },
      { kind: 'apply' },
    ]);
  });

  it('follows the record without a word', () => {
    const next = wantedTenant({ ...tenantRow(), displayName: 'Next' }, settings, null);
    const { operations, drift } = planResource(live(ours), next, 'api', 1);
    expect(operations).toEqual([{ kind: 'apply' }]);
    expect(drift).toBeUndefined();
  });

  it('is no drift where an edit of before is known already', () => {
    const next = wantedTenant({ ...tenantRow(), displayName: 'Next' }, settings, null);
    const edited = live(ours, { specManager: 'kubectl-edit' });
    expect(planResource(edited, next, 'api', 1).drift).toBeUndefined();
  });

  it('says again who made it after a hand-over', () => {
    expect(planResource(live(theirs, { specManager: 'flux' }), ours, 'api', 1)).toEqual({
      operations: [{ kind: 'apply' }],
      drift: undefined,
    });
  });
});

describe('the resource of the origin cluster', () => {
  it('is left alone when it is marked', () => {
    const plan = planResource(live(theirs, { spec: { suspend: true } }), theirs, 'cluster', 1);
    expect(plan.operations).toEqual([]);
  });

  it('is marked, and its spec never written', () => {
    const bare = { ...theirs, metadata: { name: 'a', uid: 'u1', generation: 1 } };
    const plan = planResource(bare, theirs, 'cluster', 1);
    expect(plan.operations).toEqual([{ kind: 'mark' }]);
  });

  it('is given up after a hand-over', () => {
    expect(planResource(live(ours, { isSpecOurs: true }), theirs, 'cluster', 1).operations).toEqual(
      [{ kind: 'letGo' }],
    );
  });

  it('may carry labels of our group that we do not know', () => {
    const labels = { ...theirs.metadata.labels, 'nexus.astromesh.io/other': 'x' };
    const metadata = { ...theirs.metadata, labels };
    expect(planResource(live(theirs, { metadata }), theirs, 'cluster', 1).operations).toEqual([]);
  });
});

describe('a patch that takes fields off', () => {
  it('is a null for each, whatever its name', () => {
    expect(withoutFields(['/spec/a', '/metadata/labels/x~1y~0z', '/spec/b/c'])).toEqual({
      spec: { a: null, b: { c: null } },
      metadata: { labels: { 'x/y~z': null } },
    });
  });
});
