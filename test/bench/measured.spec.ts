import { describe, expect, it } from 'vitest';
import { percentile, reported, table } from './measured.js';

describe('what was measured', () => {
  it('is held to its target, which belongs to what is good', () => {
    const rate = { name: 'rate', value: 300, unit: '/s', target: { atLeast: 300 } };
    expect(reported(rate)).toMatchObject({ target: '>= 300', ok: true });
    expect(reported({ ...rate, value: 299.9 })).toMatchObject({ value: 300, ok: false });
    const late = { name: 'p99', value: 25.1, unit: 'ms', target: { atMost: 25 } };
    expect(reported(late)).toMatchObject({ target: '<= 25', ok: false });
    expect(reported({ name: 'x', value: Number.NaN, unit: '', target: { atMost: 1 } }).ok).toBe(
      false,
    );
  });

  it('is shown for orientation without a target', () => {
    const shown = reported({ name: 'bare', value: 12_345.6, unit: 'req/s' });
    expect(shown).toEqual({ name: 'bare', value: 12_300, unit: 'req/s', target: null, ok: true });
  });

  it('has a column for each database', () => {
    const row = reported({ name: 'a', value: 1, unit: 'ms', target: { atMost: 2 } });
    const missed = reported({ name: 'b', value: 3, unit: 'ms', target: { atMost: 2 } });
    expect(
      table(
        new Map([
          ['sqlite', [row]],
          ['postgres', [missed]],
        ]),
      ).split('\n'),
    ).toEqual([
      'work  sqlite  target      postgres  target',
      'a     1 ms    <= 2    ok  –',
      'b     –                   3 ms      <= 2    MISSED',
    ]);
  });
});

describe('a percentile', () => {
  it('is one of the values', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([0, 0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([1, 51, 100, 100]);
    expect(percentile([], 0.5)).toBeNaN();
  });
});
