import { describe, expect, it } from 'vitest';
import { clusterSettings, tenantWish } from '../../../../test/support/tenant-wish.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { appliedObjects } from './applied-objects.js';
import { heldNode } from './held-node.js';
import { inSync } from './objects/in-sync.js';
import type { DeploymentObject } from './pod.types.js';
import type { TenantWish } from './objects/tenant-wish.js';

type Node = AppliedObject & DeploymentObject;

function node(tag: string, wish: Partial<TenantWish> = {}): Node {
  const objects = appliedObjects(tenantWish(wish), clusterSettings({ nodeTag: tag }));
  return objects.find(({ kind }) => kind === 'Deployment') as Node;
}

describe('a node that waits for new settings', () => {
  it('is in sync as it was, though other settings are wanted', () => {
    const before = node('1');
    expect(inSync(before, node('2'))).not.toEqual([]);
    expect(inSync(before, heldNode(node('2'), before))).toEqual([]);
  });

  it('gets its former image back when somebody changes it', () => {
    const [before, edited] = [node('1'), node('9')];
    const held = heldNode(node('2'), before);
    expect(inSync(edited, held).join()).toMatch(/containers\[.*\]\.image$/);
    expect(inSync(held, before)).toEqual([]);
  });

  it('is stopped all the same when its tenant is suspended', () => {
    const before = node('1');
    const held = heldNode(node('2', { suspend: true }), before);
    expect(inSync(before, held)).toEqual(['spec.replicas']);
  });

  it('of before there were marks has none', () => {
    const marked = node('1');
    const before = { ...marked, metadata: { ...marked.metadata, annotations: {} } };
    expect(heldNode(node('2'), before).metadata.annotations).toEqual({});
  });
});
