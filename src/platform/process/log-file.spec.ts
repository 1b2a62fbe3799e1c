import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tail, truncateLarge } from './log-file.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-log-'));
  file = path.join(folder, 'child.log');
});

afterEach(() => rmSync(folder, { recursive: true }));

function lines(count: number, text = 'line'): string[] {
  return Array.from({ length: count }, (_, i) => `${text} ${i}`);
}

describe('truncateLarge', () => {
  it('leaves a log alone that is not large, or not there', async () => {
    expect(await truncateLarge(file, 3)).toBe(false);
    writeFileSync(file, 'abc');

    expect(await truncateLarge(file, 3)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('abc');
  });

  it('copies a large one aside, once, while its writer goes on', async () => {
    const writer = openSync(file, 'a');
    for (const text of ['first', 'second']) {
      writeSync(writer, text);
      expect(await truncateLarge(file, 3)).toBe(true);
    }
    writeSync(writer, 'on');
    closeSync(writer);

    expect(readFileSync(file, 'utf8')).toBe('on');
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('ond');
  });

  it('empties it also when no copy can be made', async () => {
    mkdirSync(`${file}.1`);
    writeFileSync(file, 'abcd');
    expect(await truncateLarge(file, 3)).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});

describe('tail', () => {
  it('gives nothing of nothing', async () => {
    expect(await tail(file, 5)).toEqual([]);
    writeFileSync(file, '');
    expect(await tail(file, 5)).toEqual([]);
    writeFileSync(file, 'a\n');
    expect(await tail(file, 0)).toEqual([]);
  });

  it('gives the last lines, with and without an end to the last', async () => {
    writeFileSync(file, 'a\nb\n\nc\n');
    expect(await tail(file, 3)).toEqual(['b', '', 'c']);
    expect(await tail(file, 9)).toEqual(['a', 'b', '', 'c']);
    appendFileSync(file, 'd');
    expect(await tail(file, 2)).toEqual(['c', 'd']);
  });

  it.each([1, 2, 3000, 9000, 9999, 10_000, 20_000])('gives the last %d of many', async (count) => {
    const all = lines(10_000, 'größe');
    writeFileSync(file, all.join('\n') + '\n');

    expect(await tail(file, count)).toEqual(all.slice(-count));
  });

  it('goes on in the copy that was put aside', async () => {
    writeFileSync(`${file}.1`, 'a\nb\nc\n');
    writeFileSync(file, 'd\n');

    expect(await tail(file, 3)).toEqual(['b', 'c', 'd']);
    expect(await tail(file, 1)).toEqual(['d']);
  });

  it('reads no more than the last MiB, and only whole lines of it', async () => {
    const all = lines(200_000, 'some longer text');
    writeFileSync(file, all.join('\n') + '\n');

    writeFileSync(`${file}.1`, 'older\n');

    const given = await tail(file, 200_000);

    expect(given).toEqual(all.slice(-given.length));
    expect(Buffer.byteLength(given.join('\n'))).toBeLessThanOrEqual(1024 * 1024);
    expect(given.length).toBeGreaterThan(30_000);

    writeFileSync(file, 'x'.repeat(2 * 1024 * 1024));
    expect(await tail(file, 1)).toHaveLength(1);
  });
});
