import { describe, expect, it } from 'vitest';
import { pageOf, readCursor, writeCursor } from './pagination.js';

describe('pages', () => {
  it('end with a position when more follow', () => {
    const rows = [1, 2, 3];
    expect(pageOf(rows, 2, 9, (row) => [String(row)])).toEqual({
      items: [1, 2],
      total: 9,
      next: ['2'],
    });
    expect(pageOf(rows, 3, 3, (row) => [String(row)]).next).toBeUndefined();
    expect(pageOf([], 3, 0, () => []).next).toBeUndefined();
  });

  it('go on where a cursor says, of the same list alone', () => {
    const cursor = writeCursor(['a', 'b'], { phase: 'x' });
    expect(readCursor(cursor, { phase: 'x' }, 2)).toEqual(['a', 'b']);
    expect(readCursor(undefined, {}, 2)).toBeUndefined();
    for (const filters of [{ phase: 'y' }, {}, undefined]) {
      expect(() => readCursor(cursor, filters, 2)).toThrow(/cursor/);
    }
    expect(() => readCursor(cursor, { phase: 'x' }, 1)).toThrow(/cursor/);
  });

  it.each(['', 'x', 'AAAA', Buffer.from('[1]').toString('base64url'), '!'.repeat(50)])(
    'refuse the cursor %j',
    (cursor) => {
      expect(() => readCursor(cursor, {}, 1)).toThrow(/not a cursor of this list/);
    },
  );
});
