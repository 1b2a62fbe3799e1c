import { describe, expect, it } from 'vitest';
import { belongsTo, planTenantDoor, TENANT_CASES } from './tenant-door.plan.js';

const LIVE = { metadata: { name: 'acme', uid: 'u1' } };
const DELETING = { metadata: { ...LIVE.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
const row = { deletedAt: null };
const tombstone = { deletedAt: '2026-01-01T00:00:00.000Z' };

describe('what there is to do about a tenant and its resource', () => {
  it('is decided for every combination, once', () => {
    const combinations = TENANT_CASES.map((one) => `${one.row} ${one.resource}`);
    expect(new Set(combinations).size).toBe(9);
    expect(combinations).toHaveLength(9);
  });

  it.each([
    ['a resource without a row is adopted, never deleted', null, LIVE, 'take'],
    ['one that goes and has no row is let go', null, DELETING, 'release'],
    ['a row without a resource gets one, again if it had one', row, undefined, 'make'],
    ['both are kept in step', row, LIVE, 'take'],
    ['a deletion of that very object is looked at', row, DELETING, 'deletion'],
    ['a tombstone takes its resource along', tombstone, LIVE, 'bury'],
    ['and is not adopted again while that goes', tombstone, DELETING, 'bury'],
    ['a tombstone without a resource goes by itself', tombstone, undefined, 'nothing'],
    ['nothing is nothing', null, undefined, 'nothing'],
  ] as const)('%s', (_what, tenant, live, scene) => {
    expect(planTenantDoor(tenant, live)).toBe(scene);
  });
});

describe('whose a resource is', () => {
  const ours = {
    metadata: { ...LIVE.metadata, annotations: { 'nexus.astromesh.io/origin': 'api' } },
  };

  it('is told by the object, not by the name', () => {
    expect(belongsTo({ resourceUid: 'u1' }, LIVE)).toBe(true);
    expect(belongsTo({ resourceUid: 'u0' }, LIVE)).toBe(false);
  });

  it('is ours when we made it and had not noted it', () => {
    expect(belongsTo({ resourceUid: null }, ours)).toBe(true);
    expect(belongsTo({ resourceUid: null }, LIVE)).toBe(false);
  });
});
