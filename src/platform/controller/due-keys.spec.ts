import { describe, expect, it } from 'vitest';
import { DueKeys } from './due-keys.js';

const groupOf = (key: string): string => key.split('/')[0] ?? '';

function due(keys: readonly string[], mostOfAGroup?: number): DueKeys {
  const all = new DueKeys(mostOfAGroup === undefined ? { groupOf } : { groupOf, mostOfAGroup });
  keys.forEach((key, sinceMs) => all.add(key, sinceMs));
  return all;
}

const taken = (all: DueKeys, count: number): (string | undefined)[] =>
  Array.from({ length: count }, () => all.take()?.key);

describe('keys that are due', () => {
  it('are one line without groups', () => {
    const all = new DueKeys({});
    for (const key of ['b', 'a', 'c']) all.add(key, 0);
    expect(taken(all, 4)).toEqual(['b', 'a', 'c', undefined]);
  });

  it('take turns by group, each first in, first out', () => {
    const all = due(['a/1', 'a/2', 'a/3', 'b/1', 'c/1', 'c/2']);
    expect(all.size).toBe(6);
    expect(taken(all, 6)).toEqual(['a/1', 'b/1', 'c/1', 'a/2', 'c/2', 'a/3']);
    expect(all.size).toBe(0);
  });

  it('tell since when they are due', () => {
    const all = due(['a/1', 'a/2']);
    all.take();
    expect(all.take()).toEqual({ key: 'a/2', sinceMs: 1 });
  });

  it('wait while their group has enough in work, and only then', () => {
    const all = due(['a/1', 'a/2', 'a/3', 'b/1'], 2);
    expect(taken(all, 4)).toEqual(['a/1', 'b/1', 'a/2', undefined]);
    expect(all.has('a/3')).toBe(true);
    all.done('b/1');
    expect(all.take()).toBeUndefined();
    all.done('a/1');
    expect(all.take()?.key).toBe('a/3');
    expect(all.has('a/3')).toBe(false);
  });

  it('let a new group in before the next turn of one that waits long', () => {
    const all = due(['a/1', 'a/2', 'a/3']);
    all.take();
    all.add('b/1', 9);
    expect(taken(all, 2)).toEqual(['a/2', 'b/1']);
  });

  it('are gone when they are cleared', () => {
    const all = due(['a/1']);
    all.clear();
    expect(all.size).toBe(0);
    expect(all.take()).toBeUndefined();
  });
});
