import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { WorkQueue } from './work-queue.js';

function queueOn(clock: ManualClock, capMs?: number): WorkQueue {
  return new WorkQueue(clock, { random: () => 0, ...(capMs === undefined ? {} : { capMs }) });
}

describe('the work queue', () => {
  it('gives keys first in, first out, and each once', async () => {
    const queue = queueOn(new ManualClock());
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.depth).toBe(3);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
  });

  it('never gives a key that is in work, but gives it again when it was added meanwhile', async () => {
    const queue = queueOn(new ManualClock());
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    await queue.take();
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  it('hands a key to a taker that waits', async () => {
    const queue = queueOn(new ManualClock());
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
  });

  it('lets the earlier of two times win, whichever came first', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('b', 50);
    queue.addAfter('b', 100);
    await clock.advance(49);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(2);
    expect(clock.timers).toBe(0);
  });

  it('drops a later time when the key becomes due now', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    queue.addAfter('a', 100);
    queue.add('a');
    await queue.take();
    queue.done('a');
    await clock.advance(200);
    expect(queue.depth).toBe(0);
  });

  it('backs off by 5 ms doubled up to the cap, until it is forgotten', () => {
    const queue = queueOn(new ManualClock(), 60);
    const delays = [1, 2, 3, 4, 5, 6].map(() => queue.addRateLimited('a'));
    expect(delays).toEqual([5, 10, 20, 40, 60, 60]);
    expect(queue.failuresOf('a')).toBe(6);
    queue.forget('a');
    expect(queue.addRateLimited('a')).toBe(5);
  });

  it('adds jitter of up to half', () => {
    const queue = new WorkQueue(new ManualClock(), { random: () => 1 });
    expect(queue.addRateLimited('a')).toBe(7.5);
  });

  it('sends takers home when it shuts, and takes nothing more', async () => {
    const clock = new ManualClock();
    const queue = queueOn(clock);
    const taken = queue.take();
    queue.addAfter('b', 10);
    queue.shutDown();
    expect(await taken).toBeUndefined();
    queue.add('a');
    expect(await queue.take()).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  it('works on every key that was added, and on none twice at once', async () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'later', 'take', 'done'),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new ManualClock();
        const queue = queueOn(clock);
        const working = new Set<string>();
        const owed = new Set<string>();
        const take = async (): Promise<void> => {
          const key = (await queue.take()) ?? '';
          expect(working.has(key)).toBe(false);
          working.add(key);
          owed.delete(key);
        };
        for (const { kind, key } of steps) {
          if (kind === 'add' || kind === 'later') {
            owed.add(key);
            queue.addAfter(key, kind === 'add' ? 0 : 10);
          } else if (kind === 'take') {
            if (queue.depth > 0) await take();
          } else if (working.delete(key)) queue.done(key);
        }
        await clock.advance(10);
        for (const key of working) queue.done(key);
        working.clear();
        while (queue.depth > 0) await take();
        expect([...owed]).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
