import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../toolchain.mjs';
import { reduced } from './manifest.mjs';

const read = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));
const entry = (version, rest = {}) => ({ version, ...rest });

describe('the manifest of an image', () => {
  const manifest = {
    name: 'x',
    version: '1.0.0',
    type: 'module',
    dependencies: { a: '1.0.0' },
    devDependencies: { '@types/t': '1.0.0', tool: '1.0.0' },
    allowScripts: { a: true, tool: true },
  };
  const lock = {
    lockfileVersion: 3,
    packages: {
      '': { version: '1.0.0' },
      'node_modules/@types/t': entry('1.0.0', { dev: true }),
      'node_modules/a': entry('1.0.0', { dependencies: { b: '^1' }, peerDependencies: { c: '1' } }),
      'node_modules/a/node_modules/b': entry('1.0.0', { optionalDependencies: { d: '1' } }),
      'node_modules/b': entry('2.0.0', { dev: true }),
      'node_modules/c': entry('1.0.0'),
      'node_modules/tool': entry('1.0.0', { dev: true, dependencies: { b: '^2' } }),
    },
  };
  const places = (names) => Object.keys(reduced(manifest, lock, names).lock.packages);

  it('holds what runs, each package where it is found', () => {
    expect(places([])).toEqual([
      '',
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ]);
    expect(reduced(manifest, lock, []).manifest).toEqual({
      private: true,
      type: 'module',
      dependencies: { a: '1.0.0' },
      devDependencies: {},
      allowScripts: { a: true },
    });
  });

  it('holds the tools that are named', () => {
    expect(places(['@types/*'])).toContain('node_modules/@types/t');
    expect(places(['tool'])).toEqual(
      expect.arrayContaining(['node_modules/b', 'node_modules/tool']),
    );
  });

  it('does not change with anything else', () => {
    const next = { ...manifest, version: '2.0.0', devDependencies: { tool: '2.0.0' } };
    expect(reduced(next, lock, [])).toEqual(reduced(manifest, lock, []));
  });

  it('is refused when the lock file lacks something', () => {
    expect(() => reduced({ ...manifest, dependencies: { z: '1' } }, lock, [])).toThrow('no z');
  });

  it('holds of the project what npm installs without development', () => {
    const whole = read('package-lock.json');
    const kept = Object.keys(reduced(read('package.json'), whole, []).lock.packages);
    const runs = ([, { dev }]) => dev !== true;
    expect(kept.toSorted()).toEqual(
      Object.entries(whole.packages)
        .filter(runs)
        .map(([place]) => place)
        .toSorted(),
    );
  });
});
