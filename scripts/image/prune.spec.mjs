import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pruneArchives, pruneLayers, touchArchive } from './prune.mjs';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Images that stand on each other: one goes only when none that stands on it is left. */
class Stack {
  constructor(images) {
    this.images = images;
  }
  list = () => this.images.map(({ id, names = [] }) => ({ id: `sha256:${id}`, names }));
  remove = (id) => {
    if (this.images.some(({ on }) => on === id)) return false;
    this.images = this.images.filter((one) => one.id !== id);
    return true;
  };
  get ids() {
    return this.images.map(({ id }) => id);
  }
}

describe('the cache of images', () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nexus-prune-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('loses layers that nobody used for two weeks, with those they stand on', () => {
    const images = new Stack([
      { id: 'base', names: ['node'] },
      { id: 'old-1', on: 'base' },
      { id: 'old-2', on: 'old-1' },
      { id: 'used', on: 'base' },
    ]);
    const at = (day, used) => pruneLayers(folder, used, { images, now: day * DAY_MS });
    at(1, []);
    at(10, ['use']);
    at(14, []);
    expect(images.ids).toEqual(['base', 'old-1', 'old-2', 'used']);
    at(16, []);
    expect(images.ids).toEqual(['base', 'used']);
    at(25, []);
    expect(images.ids).toEqual(['base']);
  });

  it('keeps what something younger stands on', () => {
    const images = new Stack([{ id: 'old' }, { id: 'young', on: 'old' }]);
    const at = (day, used) => pruneLayers(folder, used, { images, now: day * DAY_MS });
    at(1, []);
    at(16, ['young']);
    expect(images.ids).toEqual(['old', 'young']);
  });

  it('loses archives likewise', () => {
    const files = ['old.tar', 'used.tar'].map((name) => path.join(folder, name));
    for (const file of files) {
      writeFileSync(file, '');
      touchArchive(file, DAY_MS);
    }
    touchArchive(files[1], 10 * DAY_MS);
    pruneArchives(folder, 16 * DAY_MS);
    expect(files.map((file) => existsSync(file))).toEqual([false, true]);
  });
});
