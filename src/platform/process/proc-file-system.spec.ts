import { describe, expect, it } from 'vitest';
import { parseStat } from './proc-file-system.js';

describe('parseStat', () => {
  it('reads past a name with blanks and parentheses', () => {
    const line =
      '4711 (a) R (b c) S 17 4711 4711 0 -1 4194560 9 8 7 6 5 4 3 2 20 0 1 0 987654 1000 5 18446';

    expect(parseStat(4711, line)).toEqual({
      pid: 4711,
      state: 'S',
      parentId: 17,
      groupId: 4711,
      startTime: '987654',
    });
  });

  it('makes nothing of half a line', () => {
    expect(parseStat(1, '1 (sh) S 0 1')).toBeUndefined();
    expect(parseStat(1, '')).toBeUndefined();
  });
});
