import { beforeEach, describe, expect, it } from 'vitest';
import { AskedTogether } from './asked-together.js';
import type { HotValue } from './hot-query.js';

type Values = readonly HotValue[];

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('what is asked together', () => {
  let sent: (readonly Values[])[];
  let answer: (asked: readonly Values[]) => Promise<string[]>;
  let together: AskedTogether<string>;
  beforeEach(() => {
    sent = [];
    answer = async (asked) => asked.map(String);
    together = new AskedTogether((asked) => {
      sent.push(asked);
      return answer(asked);
    });
  });

  /** Lets nothing be answered until the gate opens. */
  const gate = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = async (asked) => {
      await promise;
      return asked.map(String);
    };
    return resolve;
  };

  it('goes out once in a turn, equal questions once', async () => {
    const asked = [['a', 'b'], ['c', 1], ['a', 'b'], ['a,b']].map((values) => together.ask(values));
    expect(await Promise.all(asked)).toEqual(['a,b', 'c,1', 'a,b', 'a,b']);
    expect(sent).toEqual([[['a', 'b'], ['c', 1], ['a,b']]]);
  });

  it('is asked anew by who comes after it was sent', async () => {
    const open = gate();
    const first = together.ask(['a']);
    await settled();
    expect(sent).toHaveLength(1);
    const second = together.ask(['a']);
    open();
    expect(await Promise.all([first, second])).toEqual(['a', 'a']);
    expect(sent).toEqual([[['a']], [['a']]]);
  });

  it('waits for the batch before, but not for one that hangs', async () => {
    const open = gate();
    const first = together.ask(['a']);
    await new Promise((resolve) => setImmediate(resolve));
    const others = [together.ask(['b'])];
    await new Promise((resolve) => setImmediate(resolve));
    others.push(together.ask(['c']));
    expect(sent).toEqual([[['a']]]);
    await settled();
    expect(sent).toEqual([[['a']], [['b'], ['c']]]);
    open();
    expect(await Promise.all([first, ...others])).toEqual(['a', 'b', 'c']);
  });

  it('goes out in batches of a size', async () => {
    const asked = Array.from({ length: 300 }, (_, n) => together.ask([n]));
    await Promise.all(asked);
    expect(sent.map(({ length }) => length)).toEqual([128, 128, 44]);
  });

  it('is asked alone when it fails together, so that one fault is nobody else’s', async () => {
    answer = async (asked) => {
      if (asked.some(([value]) => value === 'bad'))
        throw new Error(`cannot answer ${asked.length}`);
      return asked.map(String);
    };
    const asked = ['a', 'bad', 'b'].map((value) => together.ask([value]));
    const [a, bad, b] = await Promise.allSettled(asked);
    expect([a, b]).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'fulfilled', value: 'b' },
    ]);
    expect(bad).toMatchObject({ reason: { message: 'cannot answer 1' } });
  });

  it('fails for everybody, once, when the storage is away', async () => {
    answer = async () => {
      throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    };
    const asked = ['a', 'b'].map((value) => together.ask([value]));
    for (const one of await Promise.allSettled(asked)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { message: 'gone' } });
    }
    expect(sent).toHaveLength(1);
    answer = async (many) => many.map(String);
    expect(await together.ask(['c'])).toBe('c');
  });
});
