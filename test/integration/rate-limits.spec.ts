import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RateLimitEntity } from '../../src/platform/rate-limit/rate-limit.entity.js';
import { RateLimits } from '../../src/platform/rate-limit/rate-limits.service.js';
import { RateLimitsRepository } from '../../src/platform/rate-limit/rate-limits.repository.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';
import { until } from '../support/until.js';

const LIMIT = { name: 'test', attempts: 5, perSeconds: 60 };

describe('rate limits', () => {
  let test: TestDatabase;
  let clock: ManualClock;
  let limits: RateLimits;
  beforeEach(async () => {
    test = await openTestDatabase();
    clock = new ManualClock();
    limits = server();
  });
  afterEach(() => test.close());

  /** The limits as one of several servers sees them. */
  const server = (): RateLimits => {
    const { units, reader } = test.database;
    return new RateLimits(new RateLimitsRepository(), units, reader, clock);
  };
  const rows = () => test.database.reader.manager.find(RateLimitEntity);
  const refusal = { kind: 'rate_limited', code: 'rate_limited', retryAfterMs: 12_000 };

  it('let exactly as many of many attempts at once through, on all servers together', async () => {
    const servers = [limits, server(), server()];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => servers.map((one) => one.take(LIMIT, 'me'))).flat(),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    const reasons = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    for (const reason of reasons) expect(reason).toMatchObject(refusal);
  });

  it('count each name and each caller apart, and let one more in when its time has come', async () => {
    for (let i = 0; i < 5; i++) await limits.take(LIMIT, 'me');
    await expect(limits.take(LIMIT, 'me')).rejects.toMatchObject(refusal);
    await limits.take(LIMIT, 'you');
    await limits.take({ ...LIMIT, name: 'other' }, 'me');
    await clock.advance(12_000);
    await limits.take(LIMIT, 'me');
    await expect(limits.take(LIMIT, 'me')).rejects.toMatchObject(refusal);
  });

  it('write nothing for what they refuse, and never the caller in clear', async () => {
    for (let i = 0; i < 5; i++) await limits.take(LIMIT, 'ada@example.com');
    const before = await rows();
    await expect(limits.take(LIMIT, 'ada@example.com')).rejects.toMatchObject(refusal);
    expect(await rows()).toEqual(before);
    expect(JSON.stringify(before)).not.toContain('ada');
  });

  it('count without refusing, and forget what was cleared', async () => {
    const recent: number[] = [];
    for (let i = 0; i < 7; i++) recent.push(await limits.add(LIMIT, 'me'));
    expect(recent).toEqual([1, 2, 3, 4, 5, 5, 5]);
    await test.database.units.run((tx) => limits.clear(tx, LIMIT, 'me'));
    expect(await limits.add(LIMIT, 'me')).toBe(1);
  });

  it('are off at zero', async () => {
    const off = { ...LIMIT, attempts: 0 };
    for (let i = 0; i < 20; i++) await limits.take(off, 'me');
    expect(await limits.add(off, 'me')).toBe(0);
    expect(await rows()).toEqual([]);
  });

  it('keep no row for longer than it means something', async () => {
    await Promise.all(Array.from({ length: 600 }, (_, i) => limits.take(LIMIT, `address ${i}`)));
    expect(await rows()).toHaveLength(600);
    await clock.advance(61_000);
    await limits.take(LIMIT, 'somebody later');
    await until('drained rows are gone', async () => (await rows()).length === 1);
  });
});
