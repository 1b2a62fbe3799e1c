import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { TableSizes } from './table-sizes.js';

describe('the sizes of tables', () => {
  it('are counted when somebody asks, and not again within a minute', async () => {
    const clock = new ManualClock();
    let counts = 0;
    const sizes = new TableSizes(async () => new Map([['users', ++counts]]), clock);
    expect(counts).toBe(0);
    const two = await Promise.all([sizes.read(), sizes.read()]);
    expect(two.map((map) => map.get('users'))).toEqual([1, 1]);
    await clock.advance(59_999);
    expect((await sizes.read()).get('users')).toBe(1);
    await clock.advance(1);
    expect((await sizes.read()).get('users')).toBe(2);
  });

  it('are the former ones when counting takes long or fails', async () => {
    const clock = new ManualClock();
    const slow = Promise.withResolvers<ReadonlyMap<string, number>>();
    const counts = [
      async () => new Map([['users', 1]]),
      () => slow.promise,
      () => Promise.reject(new Error('away')),
    ];
    const sizes = new TableSizes(() => counts.shift()?.() ?? slow.promise, clock);
    await sizes.read();
    await clock.advance(60_000);
    const asked = sizes.read();
    await clock.advance(1_000);
    expect((await asked).get('users')).toBe(1);
    slow.resolve(new Map([['users', 2]]));
    expect((await sizes.read()).get('users')).toBe(2);
    await clock.advance(60_000);
    expect((await sizes.read()).get('users')).toBe(2);
  });
});
