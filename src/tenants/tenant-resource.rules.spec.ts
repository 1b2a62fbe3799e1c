import { describe, expect, it } from 'vitest';
import { tenantRow } from '../../test/support/rows.js';
import { changedWish, follows, idOf, isSuccessor, wishOf } from './tenant-resource.rules.js';

describe('the spec of a tenant resource', () => {
  it('is filled up with what the API gives', () => {
    expect(wishOf({ name: 'acme', spec: undefined })).toEqual({
      wish: {
        displayName: 'acme',
        nodeProfile: 'full',
        maxAgents: 50,
        cpu: '2',
        memory: '4Gi',
        suspend: false,
        deletionProtection: false,
        pinnedNodeVersion: null,
      },
    });
    expect(wishOf({ name: 'acme', spec: { resourceQuota: { maxAgents: 0 } } })).toMatchObject({
      wish: { maxAgents: 0, cpu: '2' },
    });
  });

  it.each([
    [{ displayName: '' }, 'spec.displayName must not be empty.'],
    [{ nodeProfile: 'huge' }, /^spec\.nodeProfile /],
    [
      { resourceQuota: { memory: '0' } },
      'spec.resourceQuota.memory must be a quantity above zero.',
    ],
    [
      { resourceQuota: { memory: 'x' } },
      'spec.resourceQuota.memory must be a quantity above zero.',
    ],
    [{ resourceQuota: { maxAgents: -1 } }, /^spec\.resourceQuota\.maxAgents /],
    [{ suspend: 'yes' }, /^spec\.suspend /],
  ])('is refused as %j', (spec, refusal) => {
    const read = wishOf({ name: 'acme', spec });
    expect('refusal' in read && read.refusal).toMatch(refusal);
  });

  it('changes what differs alone', () => {
    const row = tenantRow({ displayName: 'acme' });
    const read = wishOf({ name: 'acme', spec: { suspend: true } });
    expect('wish' in read && changedWish(row, read.wish)).toEqual({ suspend: true });
  });
});

describe('a tenant resource', () => {
  it.each([
    ['t_01kf3h5d0v8q2m7x4c9b6n1r5t', 't_01kf3h5d0v8q2m7x4c9b6n1r5t'],
    ['t_short', undefined],
    ["t_01kf3h5d0v8q2m7x4c9b6n1r5'", undefined],
    [null, undefined],
  ])('brings the id %s', (tenantId, id) => {
    expect(idOf({ tenantId })).toBe(id);
  });

  it.each([
    ['a', 'a', 'cluster', false],
    ['a', 'b', 'cluster', true],
    ['a', 'b', 'api', true],
    [null, 'b', 'cluster', true],
    [null, 'b', 'api', false],
  ] as const)('of a tombstone that knew %s, with the uid %s of %s', (known, uid, origin, after) => {
    expect(isSuccessor({ resourceUid: known }, { uid, origin })).toBe(after);
  });

  it('is followed when the row and its own annotation say so', () => {
    expect(follows({ origin: 'cluster' }, { origin: 'cluster' })).toBe(true);
    expect(follows({ origin: 'cluster' }, { origin: 'api' })).toBe(false);
    expect(follows({ origin: 'api' }, { origin: 'cluster' })).toBe(false);
  });
});
