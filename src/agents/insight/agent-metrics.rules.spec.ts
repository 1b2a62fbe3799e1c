import { describe, expect, it } from 'vitest';
import { countTools, rankOf } from './agent-metrics.rules.js';

describe('metrics', () => {
  it.each([
    [0, 0.5, undefined],
    [1, 0.5, 0],
    [1, 0.99, 0],
    [4, 0.5, 1],
    [100, 0.95, 94],
    [100, 0.99, 98],
    [101, 0.99, 99],
  ])('find the rank of a percentile among %i at %d', (total, share, rank) => {
    expect(rankOf(total, share)).toBe(rank);
  });

  it('count tool calls by name', () => {
    expect(countTools(['["b","a"]', '["b"]', '[]'])).toEqual({ a: 1, b: 2 });
  });
});
