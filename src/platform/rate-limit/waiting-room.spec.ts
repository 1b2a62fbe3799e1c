import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { WaitingRoom } from './waiting-room.js';

describe('a waiting room', () => {
  const never = new AbortController().signal;

  it('keeps whoever waits as long as it should', async () => {
    const clock = new ManualClock();
    const room = new WaitingRoom(clock, 5, 5);
    let passed = false;
    const waiting = room.wait('a', 1000, never).then((waited) => (passed = waited));
    await clock.advance(999);
    expect(passed).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(passed).toBe(true);
  });

  it('has so many places, and so many for each', async () => {
    const clock = new ManualClock();
    const room = new WaitingRoom(clock, 3, 2);
    const inside = [room.wait('a', 10, never), room.wait('a', 10, never)];
    expect(await room.wait('a', 10, never)).toBe(false);
    inside.push(room.wait('b', 10, never));
    expect(await room.wait('c', 10, never)).toBe(false);
    expect(clock.timers).toBe(3);
    await clock.advance(10);
    expect(await Promise.all(inside)).toEqual([true, true, true]);
    const later = ['a', 'a', 'c'].map((owner) => room.wait(owner, 10, never));
    await clock.advance(10);
    expect(await Promise.all(later)).toEqual([true, true, true]);
  });

  it('lets go whoever gives up, and has the place again', async () => {
    const clock = new ManualClock();
    const room = new WaitingRoom(clock, 1, 1);
    const gone = new AbortController();
    const waiting = room.wait('a', 10, gone.signal);
    gone.abort();
    expect(await waiting).toBe(true);
    expect(clock.timers).toBe(0);
    const next = room.wait('b', 10, never);
    await clock.advance(10);
    expect(await next).toBe(true);
  });
});
