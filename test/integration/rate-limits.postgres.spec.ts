import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tx } from '../../src/platform/database/unit-of-work.js';
import { RateLimits } from '../../src/platform/rate-limit/rate-limits.service.js';
import { RateLimitsRepository } from '../../src/platform/rate-limit/rate-limits.repository.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ManualClock } from '../support/manual-clock.js';

const LIMIT = { name: 'test', attempts: 5, perSeconds: 60 };

/** Does something else before it has its row. */
class LateRepository extends RateLimitsRepository {
  constructor(private readonly meanwhile: () => Promise<unknown>) {
    super();
  }

  override async lock(tx: Tx, key: string, now: Date): Promise<Date | undefined> {
    await this.meanwhile();
    return super.lock(tx, key, now);
  }
}

describe('a rate limit that two servers count at once', () => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await openTestDatabase();
  });
  afterEach(() => test.close());

  it('is counted at the time when it is had, not when the wait for it began', async () => {
    const clock = new ManualClock();
    const { units, reader } = test.database;
    const other = new RateLimits(new RateLimitsRepository(), units, reader, clock);
    const counted: number[] = [];
    const late = new LateRepository(async () => {
      await clock.advance(1);
      counted.push(await other.add(LIMIT, 'me'));
    });
    counted.push(await new RateLimits(late, units, reader, clock).add(LIMIT, 'me'));
    expect(counted).toEqual([1, 2]);
  });
});
