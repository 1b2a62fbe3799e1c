import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runNode } from './children.mjs';
import { count } from './tier.mjs';

const FILES = {
  'a.spec.mjs': `
    import { it } from 'vitest';
    it('passes', () => undefined);
    it('is skipped', (context) => context.skip('no such machine'));`,
  'b.spec.mjs': `
    import { it } from 'vitest';
    it('passes as well', () => undefined);
    it('hangs', () => new Promise(() => undefined), 600_000);
    it('would pass', () => undefined);`,
  'c.spec.mjs': `import { it } from 'vitest'; it('would pass', () => undefined);`,
};

afterEach(() => vi.restoreAllMocks());

describe('tests that are killed', () => {
  let folder;
  let report;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nexus-cut-short-'));
    report = path.join(folder, 'report.json');
    symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
    const config = { test: { name: 'x', maxWorkers: 1, fileParallelism: false } };
    writeFileSync(
      path.join(folder, 'vitest.config.mjs'),
      `class ByName { shard(files) { return files; }
        sort(files) { return files.sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1)); } }
      const config = ${JSON.stringify(config)};
      config.test.sequence = { sequencer: ByName };
      export default config;`,
    );
    for (const [name, text] of Object.entries(FILES)) writeFileSync(path.join(folder, name), text);
    const reporter = path.resolve('scripts/test/totals.reporter.mjs');
    const vitest = path.resolve('node_modules/vitest/vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', '--reporter', reporter], {
      cwd: folder,
      stdio: 'ignore',
      env: { PATH: process.env.PATH, NEXUS_TEST_REPORT: report },
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await vi.waitUntil(
      () => existsSync(report) && readFileSync(report, 'utf8').includes('in: hangs'),
      { timeout: 15_000, interval: 50 },
    );
    child.kill('SIGKILL');
    await ended;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('have told what they had done, and where they were', () => {
    expect(JSON.parse(readFileSync(report, 'utf8'))).toEqual({
      passed: 2,
      failed: 0,
      failures: [],
      skipped: [{ name: 'is skipped', reason: 'no such machine' }],
      projects: ['x'],
      unfinished: [
        { file: 'x: b.spec.mjs', place: 'in: hangs' },
        { file: 'x: c.spec.mjs', place: 'not begun' },
      ],
    });
  });

  it('are counted, each file that did not end as a failure', () => {
    const said = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(text));
    expect(count(report, ['x'], 143)).toEqual({
      passed: 2,
      failed: 2,
      skipped: 1,
      failures: [
        'did not end: x: b.spec.mjs (in: hangs)',
        'did not end: x: c.spec.mjs (not begun)',
      ],
    });
    expect(said).toContain('did not end: x: b.spec.mjs (in: hangs)\n');
  });
});

describe('a program with a limit', () => {
  it('is told to stop when its time is over', async () => {
    const hang = ['-e', 'setInterval(() => undefined, 1000)'];
    expect(await runNode(hang, { withinMs: 300 })).toMatchObject({ code: 143, late: true });
  });

  it('is left alone when it ends before', async () => {
    const run = await runNode(['-e', 'process.exit(3)'], { withinMs: 20_000 });
    expect(run).toMatchObject({ code: 3, late: false });
  });
});
