import { describe, expect, it } from 'vitest';
import { untilMomentBefore, untilJointMoment } from './joint-moments.js';

describe('moments that are shared', () => {
  it.each([
    ['later than due', 100, 250, 1_000, 900],
    ['when it is due', 100, 900, 1_000, 900],
    ['at once', 100, 0, 1_000, 0],
    ['of another second', 1_500, 2_600, 1_000, 3_500],
  ])('come %s', (_when, nowMs, delayMs, everyMs, expected) => {
    expect(untilJointMoment(nowMs, delayMs, everyMs)).toBe(expected);
  });

  it.each([
    ['before it is due', 100, 1_850, 1_000, 900],
    ['when it is due', 100, 900, 1_000, 900],
    ['at once where the last is over', 1_100, 500, 1_000, 0],
  ])('come %s, where that may not be missed', (_when, nowMs, delayMs, everyMs, expected) => {
    expect(untilMomentBefore(nowMs, delayMs, everyMs)).toBe(expected);
  });
});
