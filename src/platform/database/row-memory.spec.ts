import { beforeEach, describe, expect, it } from 'vitest';
import { Commits, RowMemory } from './row-memory.js';

const QUERY = {};

describe('a memory of rows', () => {
  let commits: Commits;
  let memory: RowMemory;
  let current: boolean;
  let missed: () => void;
  let reads: number;
  beforeEach(() => {
    commits = new Commits();
    memory = new RowMemory(commits);
    current = true;
    reads = 0;
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
      return [++reads];
    });

  it('gives the rows that were read since the last commit', async () => {
    expect(await ask()).toEqual([1]);
    expect(await ask()).toEqual([1]);
    expect(await ask(QUERY, ['b'])).toEqual([2]);
    expect(await ask({}, ['a'])).toEqual([3]);
    commits.happened();
    expect(await ask()).toEqual([4]);
  });

  it('does not keep what was read while something was committed', async () => {
    expect(await ask(QUERY, ['a'], () => commits.happened())).toEqual([1]);
    expect(await ask()).toEqual([2]);
    expect(await ask()).toEqual([2]);
  });

  it('believes nothing while other processes may write unnoticed, nor what they may have changed', async () => {
    await ask();
    current = false;
    expect(await ask()).toEqual([2]);
    current = true;
    missed();
    expect(await ask()).toEqual([3]);
    expect(await ask(QUERY, ['b'], () => missed())).toEqual([4]);
    expect(await ask(QUERY, ['b'])).toEqual([5]);
  });

  it('remembers nothing before it knows about other processes', async () => {
    memory = new RowMemory(commits);
    expect(await ask()).toEqual([1]);
    expect(await ask()).toEqual([2]);
  });

  it('is bounded', async () => {
    for (let n = 0; n < 10_000; n++) await ask(QUERY, [String(n)]);
    expect(await ask(QUERY, ['0'])).toEqual([1]);
    await ask(QUERY, ['one too many']);
    expect(await ask(QUERY, ['0'])).toEqual([10_002]);
  });
});
