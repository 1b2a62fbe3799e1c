import { describe, expect, it } from 'vitest';
import { Contest } from './contest.js';

describe('a quarrel with another controller', () => {
  it('ends after five repairs within a minute, and is taken up again', () => {
    const contest = new Contest();
    const tries = [0, 1, 2, 3, 4, 5].map((second) => contest.mayRepair('a', second * 1000));
    expect(tries).toEqual([true, true, true, true, true, false]);
    expect(contest.mayRepair('a', 59_000)).toBe(false);
    expect(contest.mayRepair('a', 60_000)).toBe(true);
  });

  it('is one of each resource', () => {
    const contest = new Contest();
    for (let repair = 0; repair < 5; repair++) contest.mayRepair('a', 0);
    expect(contest.mayRepair('b', 0)).toBe(true);
    contest.forget('a');
    expect(contest.mayRepair('a', 0)).toBe(true);
  });
});
