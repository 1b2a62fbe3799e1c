import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { RestartDelays } from './restart-delays.js';

describe('restart delays', () => {
  it('grow with every fall in a row, to half a minute', async () => {
    const delays = new RestartDelays(new ManualClock());
    const seen = Array.from({ length: 10 }, () => {
      delays.ended('a', 1_000, 'exited with 1');
      return delays.remainingMs('a');
    });
    expect(seen).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(delays.lastExit('a')).toBe('exited with 1');
  });

  it('are forgotten after a steady minute', () => {
    const delays = new RestartDelays(new ManualClock());
    for (let fall = 0; fall < 5; fall++) delays.ended('a', 1_000, 'x');
    delays.ended('a', 60_000, 'x');
    expect(delays.remainingMs('a')).toBe(0);
  });

  it('run out with time, each node its own', async () => {
    const clock = new ManualClock();
    const delays = new RestartDelays(clock);
    delays.ended('a', 0, 'x');
    delays.ended('a', 0, 'x');
    await clock.advance(200);
    expect([delays.remainingMs('a'), delays.remainingMs('b')]).toEqual([300, 0]);
    delays.forget('a');
    expect([delays.remainingMs('a'), delays.lastExit('a')]).toEqual([0, undefined]);
  });
});
