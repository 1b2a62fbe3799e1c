import { beforeEach, describe, expect, it } from 'vitest';
import { Commits, RowMemory } from './row-memory.js';

const QUERY = {};

describe('a memory of rows', () => {
  let commits: Commits;
  let memory: RowMemory;
  let current: boolean;
  let missed: () => void;
  let reads: number;
  let text: string;
  beforeEach(() => {
    commits = new Commits();
    memory = new RowMemory(commits);
    current = true;
    reads = 0;
    text = '';
    memory.trust({
      get isCurrent() {
        return current;
      },
      onGap: (listener) => {
        missed = listener;
      },
    });
  });

  const ask = (query: object = QUERY, values: string[] = ['a'], during = (): void => undefined) =>
    memory.rows(query, values, async () => {
      during();
      return [{ n: ++reads, text }];
    });

  const rows = (n: number) => [{ n, text }];

  it('gives the rows that were read since the last commit', async () => {
    expect(await ask()).toEqual(rows(1));
    expect(await ask()).toEqual(rows(1));
    expect(await ask(QUERY, ['b'])).toEqual(rows(2));
    expect(await ask({}, ['a'])).toEqual(rows(3));
    expect(await ask(QUERY, ['a', 'b\0c'])).toEqual(rows(4));
    expect(await ask(QUERY, ['a\0b', 'c'])).toEqual(rows(5));
    commits.happened();
    expect(await ask()).toEqual(rows(6));
  });

  it('reads once what several ask for at the same time, until something is committed', async () => {
    const first = [ask(), ask(), ask(QUERY, ['b'])];
    commits.happened();
    const second = [ask(), ask()];
    expect(await Promise.all(first)).toEqual([rows(1), rows(1), rows(2)]);
    expect(await Promise.all(second)).toEqual([rows(3), rows(3)]);
    expect(await ask()).toEqual(rows(3));
  });

  it('does not remember a failure', async () => {
    const failing = () =>
      ask(QUERY, ['a'], () => {
        throw new Error('on purpose');
      });
    for (const one of await Promise.allSettled([failing(), failing()])) {
      expect(one.status).toBe('rejected');
    }
    expect(await ask()).toEqual(rows(1));
  });

  it('does not count twice what several asked for', async () => {
    for (let n = 0; n < 5_000; n++) {
      await Promise.all([1, 2, 3, 4].map(() => ask(QUERY, [String(n)])));
    }
    expect(await ask(QUERY, ['0'])).toEqual(rows(1));
  });

  it('does not keep what was read while something was committed', async () => {
    expect(await ask(QUERY, ['a'], () => commits.happened())).toEqual(rows(1));
    expect(await ask()).toEqual(rows(2));
    expect(await ask()).toEqual(rows(2));
  });

  it('believes nothing while other processes may write unnoticed, nor what they may have changed', async () => {
    await ask();
    current = false;
    expect(await ask()).toEqual(rows(2));
    current = true;
    missed();
    expect(await ask()).toEqual(rows(3));
    expect(await ask(QUERY, ['b'], () => missed())).toEqual(rows(4));
    expect(await ask(QUERY, ['b'])).toEqual(rows(5));
  });

  it('remembers nothing before it knows about other processes', async () => {
    memory = new RowMemory(commits);
    expect(await ask()).toEqual(rows(1));
    expect(await ask()).toEqual(rows(2));
  });

  it('is bounded by what its rows hold', async () => {
    text = 'x'.repeat(8 * 1024 * 1024);
    for (const key of ['a', 'b', 'c', 'd']) await ask(QUERY, [key]);
    expect(await ask(QUERY, ['a'])).toEqual(rows(1));
    await ask(QUERY, ['e']);
    expect(await ask(QUERY, ['a'])).toEqual(rows(6));
    text = 'x'.repeat(33 * 1024 * 1024);
    await ask(QUERY, ['f']);
    expect(await ask(QUERY, ['f'])).toEqual(rows(8));
  });

  it('is bounded by the number of rows', async () => {
    for (let n = 0; n < 10_000; n++) await ask(QUERY, [String(n)]);
    expect(await ask(QUERY, ['0'])).toEqual(rows(1));
    await ask(QUERY, ['one too many']);
    expect(await ask(QUERY, ['0'])).toEqual(rows(10_002));
  });
});
