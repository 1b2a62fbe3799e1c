import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Lets every program that is started be one that is not there. */
const NO_PROGRAMS = `
  import childProcess from 'node:child_process';
  import { syncBuiltinESMExports } from 'node:module';
  const { spawn } = childProcess;
  childProcess.spawn = (program, args, options) => spawn('/not/there', args, options);
  syncBuiltinESMExports();`;

let folder;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-counted-'));
  writeFileSync(path.join(folder, 'no-programs.mjs'), NO_PROGRAMS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['a check', ['types'], 1],
  ['a tier', ['unit'], 1],
  ['several of both', ['types', 'imports', 'unit', 'real'], 4],
])('%s that cannot be started is counted, and the totals are told', (_what, names, failed) => {
  const preload = ['--import', path.join(folder, 'no-programs.mjs')];
  const run = spawnSync(process.execPath, [...preload, 'scripts/test.mjs', ...names], {
    env: { PATH: process.env.PATH },
    encoding: 'utf8',
  });
  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(`tests: 0 passed, ${failed} failed`);
  expect(run.stdout).toMatch(/could not be run: spawn .*ENOENT/);
  expect(run.status).toBe(1);
});
