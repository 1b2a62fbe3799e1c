import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { Reader, type Tx, UnitOfWork } from '../database/unit-of-work.js';
import { AppError } from '../errors/app-error.js';
import { countAttempt, type Counted, type RateLimit } from './rate-limit.rules.js';
import { RateLimitsRepository } from './rate-limits.repository.js';

const PRUNE_EVERY_MS = 60_000;
const PRUNE_AT_ONCE = 500;

/**
 * Limits on how often something may be tried. They are kept in the database, so that all servers
 * on it count together. What is over a limit is read, never written.
 */
@Injectable()
export class RateLimits {
  private prunedAtMs: number;

  constructor(
    private readonly repository: RateLimitsRepository,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {
    this.prunedAtMs = clock.monotonicMs();
  }

  /**
   * Counts one attempt, and refuses it beyond the limit.
   *
   * @param by what attempts are counted by, for example an address; only its hash is stored
   * @throws AppError `rate_limited` with the time to wait
   */
  async take(limit: RateLimit, by: string): Promise<void> {
    if (limit.attempts === 0) return;
    const { allowed, retryAfterMs } = await this.count(limit, by);
    if (!allowed) throw rateLimited(retryAfterMs);
  }

  /** Counts one attempt and refuses none. @returns how many are recent, at most the limit's */
  async add(limit: RateLimit, by: string): Promise<number> {
    if (limit.attempts === 0) return 0;
    return (await this.count(limit, by)).recent;
  }

  /** Forgets every attempt. */
  async clear(tx: Tx, limit: RateLimit, by: string): Promise<void> {
    await this.repository.remove(tx, keyOf(limit, by));
  }

  private async count(limit: RateLimit, by: string): Promise<Counted> {
    const key = keyOf(limit, by);
    const seen = await this.repository.find(this.reader, key);
    const expected = countAttempt(limit, seen, this.clock.now());
    if (!expected.allowed) return expected;
    const counted = await this.units.run(async (tx) => {
      const before = await this.repository.lock(tx, key, this.clock.now());
      // The time is read once the row is ours: whoever had it until then counted at a later one.
      const next = countAttempt(limit, before, this.clock.now());
      if (next.allowed) await this.repository.set(tx, key, next.drainedAt);
      return next;
    });
    this.pruneSometimes();
    return counted;
  }

  /** Nobody waits for it, and what one server leaves another one removes. */
  private pruneSometimes(): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.prunedAtMs < PRUNE_EVERY_MS) return;
    this.prunedAtMs = nowMs;
    this.prune().catch(() => undefined);
  }

  private async prune(): Promise<void> {
    const now = this.clock.now();
    let found: number;
    do {
      found = await this.units.run((tx) => this.repository.prune(tx, now, PRUNE_AT_ONCE));
    } while (found === PRUNE_AT_ONCE);
  }
}

function keyOf({ name }: RateLimit, by: string): string {
  return `${name}:${createHash('sha256').update(by).digest('hex')}`;
}

/** The refusal of what is tried too often. */
export function rateLimited(retryAfterMs: number): AppError {
  return new AppError(
    'rate_limited',
    'rate_limited',
    'This was tried too often; wait as long as Retry-After says.',
    { retryAfterMs },
  );
}
