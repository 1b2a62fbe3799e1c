import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureNodeFolder, readToken, removeNodeFolder } from './node-folder.js';

describe("a node's folder", () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'nexus-folder-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is made once, with a token for its owner alone', () => {
    const folder = path.join(root, 'tenant-1');
    ensureNodeFolder(folder, undefined);
    const token = readToken(folder);
    expect(token).toHaveLength(43);
    expect(statSync(path.join(folder, 'token')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    ensureNodeFolder(folder, undefined);
    expect(readToken(folder)).toBe(token);
    expect(existsSync(path.join(folder, 'agents'))).toBe(true);
  });

  it('begins as a copy of the template, and is left alone later', () => {
    const template = path.join(root, 'template');
    mkdirSync(path.join(template, 'providers'), { recursive: true });
    writeFileSync(path.join(template, 'providers', 'p.yaml'), 'a: 1');
    const folder = path.join(root, 'tenant-2');
    ensureNodeFolder(folder, template);
    const copy = path.join(folder, 'providers', 'p.yaml');
    expect(readFileSync(copy, 'utf8')).toBe('a: 1');
    writeFileSync(copy, 'a: 2');
    ensureNodeFolder(folder, template);
    expect(readFileSync(copy, 'utf8')).toBe('a: 2');
  });

  it('is whole or not there: what a crash left half made is made anew', () => {
    const template = path.join(root, 'template');
    mkdirSync(template);
    writeFileSync(path.join(template, 'x'), 'whole');
    const folder = path.join(root, 'tenant-3');
    mkdirSync(`${folder}.new`);
    writeFileSync(path.join(`${folder}.new`, 'half'), '');
    ensureNodeFolder(folder, template);
    expect(existsSync(path.join(folder, 'half'))).toBe(false);
    expect(readFileSync(path.join(folder, 'x'), 'utf8')).toBe('whole');
  });

  it('is removed with all that is in it, and twice without harm', () => {
    const folder = path.join(root, 'tenant-4');
    ensureNodeFolder(folder, undefined);
    removeNodeFolder(folder);
    removeNodeFolder(folder);
    expect(existsSync(folder)).toBe(false);
    expect(readToken(folder)).toBeUndefined();
  });
});
