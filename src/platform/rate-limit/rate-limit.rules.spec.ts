import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countAttempt, type RateLimit } from './rate-limit.rules.js';

const LIMIT: RateLimit = { name: 'test', attempts: 7, perSeconds: 60 };
const START = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number): Date => new Date(START + ms);

/** Which of the attempts at these times are let through. */
function allowed(limit: RateLimit, times: readonly number[]): number[] {
  let drainedAt: Date | undefined;
  return times.filter((ms) => {
    const counted = countAttempt(limit, drainedAt, at(ms));
    if (counted.allowed) drainedAt = counted.drainedAt;
    return counted.allowed;
  });
}

describe('a rate limit', () => {
  it('lets as many through at once as it says, and then one at a time', () => {
    const burst = Array.from({ length: 20 }, () => 0);
    expect(allowed(LIMIT, burst)).toHaveLength(7);
    expect(allowed(LIMIT, [...burst, 8_000, 8_600, 8_700, 60_000])).toEqual([
      ...Array.from({ length: 7 }, () => 0),
      8_600,
      60_000,
    ]);
  });

  it('says when to come again, and lets that one through', () => {
    const full = countAttempt(LIMIT, at(60_000), at(0));
    expect(full).toMatchObject({ allowed: false, recent: 7, retryAfterMs: 8_571 });
    expect(countAttempt(LIMIT, at(60_000), at(full.retryAfterMs)).allowed).toBe(true);
  });

  it('counts what is recent', () => {
    expect(countAttempt(LIMIT, undefined, at(0)).recent).toBe(1);
    expect(countAttempt(LIMIT, at(17_142), at(0)).recent).toBe(3);
    expect(countAttempt(LIMIT, at(17_142), at(17_142)).recent).toBe(1);
  });

  it('forgets what a clock that was put back has left', () => {
    expect(countAttempt(LIMIT, at(3_600_000), at(0))).toMatchObject({ allowed: true, recent: 1 });
    expect(countAttempt(LIMIT, at(61_000), at(0))).toMatchObject({ allowed: false });
  });

  it('never lets more through than twice its attempts in any window, and always again later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 300 }),
        (attempts, times) => {
          const limit = { ...LIMIT, attempts };
          const passed = allowed(
            limit,
            times.toSorted((a, b) => a - b),
          );
          for (const from of passed) {
            const window = passed.filter((ms) => ms >= from && ms < from + 60_000);
            expect(window.length).toBeLessThanOrEqual(2 * attempts);
          }
          expect(allowed(limit, [...times.toSorted((a, b) => a - b), 400_000])).toContain(400_000);
        },
      ),
    );
  });
});
