import { describe, expect, it } from 'vitest';
import { settle } from '../../../test/support/manual-clock.js';
import { Limiter } from './limiter.js';

/** Work that ends when a test says so. */
class Work {
  started = false;
  end: () => void = () => undefined;
  readonly run = (): Promise<void> => {
    this.started = true;
    return new Promise((resolve) => (this.end = resolve));
  };
}

describe('Limiter', () => {
  it('runs so many at once, the others in their order', async () => {
    const limiter = new Limiter(2);
    const works = Array.from({ length: 4 }, () => new Work());
    for (const work of works) void limiter.run(work.run);
    await settle();
    expect(works.map(({ started }) => started)).toEqual([true, true, false, false]);
    expect(limiter.waiting).toBe(2);

    works[1]?.end();
    await settle();
    expect(works.map(({ started }) => started)).toEqual([true, true, true, false]);
    expect(limiter.waiting).toBe(1);
  });

  it('gives what the work gives, throws what it throws, and goes on', async () => {
    const limiter = new Limiter(1);

    await expect(limiter.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(limiter.run(() => Promise.resolve(7))).resolves.toBe(7);
  });

  it('lets nobody overtake who waits', async () => {
    const limiter = new Limiter(1);
    const first = new Work();
    const order: string[] = [];
    const note = (name: string) => () => Promise.resolve(void order.push(name));
    void limiter.run(first.run);
    const waiting = limiter.run(note('waiting'));
    await settle();
    first.end();
    await Promise.all([waiting, limiter.run(note('late'))]);

    expect(order).toEqual(['waiting', 'late']);
  });

  it('lets go of who gives up', async () => {
    const limiter = new Limiter(1);
    const [first, second, third] = [new Work(), new Work(), new Work()];
    const aborter = new AbortController();
    void limiter.run(first.run);
    const given = limiter.run(second.run, aborter.signal);
    void limiter.run(third.run);
    aborter.abort(new Error('gave up'));
    await expect(given).rejects.toThrow('gave up');

    first.end();
    await settle();

    expect([second.started, third.started]).toEqual([false, true]);
    await expect(limiter.run(second.run, aborter.signal)).rejects.toThrow('gave up');
    third.end();
    await settle();
    await expect(limiter.run(() => Promise.resolve('free'))).resolves.toBe('free');
  });

  it.each([0, 1.5, Number.NaN])('refuses a limit of %d', (atOnce) => {
    expect(() => new Limiter(atOnce)).toThrow(RangeError);
  });
});
