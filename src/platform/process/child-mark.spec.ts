import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isMarkBelow, newMark } from './child-mark.js';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'nexus-marks-'));
  for (const name of ['data/a b', 'data-other/a'])
    mkdirSync(path.join(root, name), { recursive: true });
});

afterEach(() => rmSync(root, { recursive: true }));

describe('a mark', () => {
  it('is without blanks, and another each time', () => {
    const folder = path.join(root, 'data/a b');
    const marks = [newMark(folder), newMark(folder)];

    expect(marks[0]).not.toBe(marks[1]);
    expect(marks.join('')).not.toMatch(/\s/);
  });

  it('belongs below the folders above its own, whatever they are called', () => {
    const mark = newMark(path.join(root, 'data/a b'));
    symlinkSync(path.join(root, 'data'), path.join(root, 'link'));

    expect(isMarkBelow(mark, path.join(root, 'data'))).toBe(true);
    expect(isMarkBelow(mark, path.join(root, 'link'))).toBe(true);
    expect(isMarkBelow(mark, root)).toBe(true);
  });

  it('does not belong to a folder beside, to its own, or to a foreign mark', () => {
    const data = path.join(root, 'data');

    expect(isMarkBelow(newMark(path.join(root, 'data-other/a')), data)).toBe(false);
    expect(isMarkBelow(newMark(data), data)).toBe(false);
    expect(isMarkBelow('anything', data)).toBe(false);
  });
});
