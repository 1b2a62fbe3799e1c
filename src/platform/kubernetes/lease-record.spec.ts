import { describe, expect, it } from 'vitest';
import {
  claimedSpec,
  type LeaseObject,
  LeaseSight,
  type LeaseSpec,
  releasedSpec,
} from './lease-record.js';

const NOW = new Date('2026-01-01T00:00:00.123Z');
const CLAIM = { identity: 'me', durationSeconds: 15, now: NOW };

function lease(spec: LeaseSpec): LeaseObject {
  return { metadata: { name: 'l' }, spec };
}

describe('the spec of a lease', () => {
  it('counts the times it went to somebody else', () => {
    expect(claimedSpec(undefined, CLAIM)).toEqual({
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.123000Z',
      renewTime: '2026-01-01T00:00:00.123000Z',
      leaseTransitions: 0,
    });
    const taken = claimedSpec({ holderIdentity: 'you', leaseTransitions: 4 }, CLAIM);
    expect(taken.leaseTransitions).toBe(5);
    expect(claimedSpec(releasedSpec(taken, NOW), CLAIM).leaseTransitions).toBe(6);
  });

  it('keeps the time since when it is ours', () => {
    const before = { holderIdentity: 'me', acquireTime: 'then', leaseTransitions: 4 };
    expect(claimedSpec(before, CLAIM)).toMatchObject({ acquireTime: 'then', leaseTransitions: 4 });
  });
});

describe('a lease that is looked at', () => {
  const held = { holderIdentity: 'you', leaseDurationSeconds: 15 };

  it('is free when nobody has it, or when it is ours', () => {
    expect(new LeaseSight().isFree(lease({ holderIdentity: '' }), 'me', 0)).toBe(true);
    expect(new LeaseSight().isFree(lease({ holderIdentity: 'me' }), 'me', 0)).toBe(true);
  });

  it('is free when it has not changed for its duration, whatever its times say', () => {
    const sight = new LeaseSight();
    const record = lease({ ...held, renewTime: '1999-01-01T00:00:00.000000Z' });
    expect(sight.isFree(record, 'me', 1_000)).toBe(false);
    expect(sight.isFree(record, 'me', 15_999)).toBe(false);
    expect(sight.isFree(record, 'me', 16_000)).toBe(true);
  });

  it('is not free for as long as it changes', () => {
    const sight = new LeaseSight();
    for (let at = 0; at < 100_000; at += 14_000) {
      expect(sight.isFree(lease({ ...held, renewTime: `t${at}` }), 'me', at)).toBe(false);
    }
  });
});
