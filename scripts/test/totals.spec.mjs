import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const FILES = {
  'mixed.spec.mjs': `
    import { it, expect, describe, beforeAll, afterAll } from 'vitest';
    it('passes', () => expect(1).toBe(1));
    it('fails', () => expect(1).toBe(2));
    it('is skipped', (context) => context.skip('no such machine'));
    describe('a bad start', () => {
      beforeAll(() => { throw new Error('no'); });
      it('never runs', () => undefined);
      it('never runs either', () => undefined);
    });
    describe('a bad end', () => {
      afterAll(() => { throw new Error('no'); });
      it('runs', () => undefined);
    });`,
  'broken.spec.mjs': `import './not-there.mjs';`,
};

let folder;
let totals;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-totals-'));
  symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'vitest.config.mjs'), `export default { test: { name: 'x' } };`);
  for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(folder, name), text);
  const report = path.join(folder, 'report.json');
  const reporter = path.resolve('scripts/test/totals.reporter.mjs');
  const args = [path.resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', folder];
  spawnSync(process.execPath, [...args, '--reporter', reporter], {
    env: { PATH: process.env.PATH, NEXUS_TEST_REPORT: report },
  });
  totals = JSON.parse(readFileSync(report, 'utf8'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('counts what passed', () => {
  expect(totals.passed).toBe(2);
});

it('counts as failed what failed, could not start, ended badly or could not be loaded', () => {
  expect(totals.failed).toBe(1 + 2 + 1 + 1);
});

it('has a line for each of them', () => {
  expect(totals.failures).toHaveLength(totals.failed);
  expect(totals.failures.every((line) => /^(x: \S+|outside of any test): ./.test(line))).toBe(true);
});

it('tells what was skipped, and why', () => {
  expect(totals.skipped).toEqual([{ name: 'is skipped', reason: 'no such machine' }]);
});

it('names the projects that have tests', () => {
  expect(totals.projects).toEqual(['x']);
});
