import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled } from './installed.mjs';
import { withLock } from './lock.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-toolchain-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what is installed', () => {
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const other = { version: '2.0.0', integrity: 'sha512-b', optional: true, os: ['elsewhere'] };
  const lock = { '': { name: 'x' }, 'node_modules/a': a, 'node_modules/other': other };

  function installed(packages) {
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: lock }));
    mkdirSync(path.join(folder, 'node_modules'));
    const hidden = path.join(folder, 'node_modules', '.package-lock.json');
    writeFileSync(hidden, JSON.stringify({ packages }));
    return isInstalled(folder);
  }

  it('is complete without the packages of other platforms', () => {
    expect(installed({ 'node_modules/a': a })).toBe(true);
  });

  it.each([
    ['is missing', {}],
    ['has another version', { 'node_modules/a': { ...a, version: '1.0.1' } }],
    ['has other contents', { 'node_modules/a': { ...a, integrity: 'sha512-c' } }],
    ['is no longer wanted', { 'node_modules/a': a, 'node_modules/b': a }],
  ])('is not when a package %s', (_, packages) => {
    expect(installed(packages)).toBe(false);
  });

  it('is nothing in a bare checkout', () => {
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify({ packages: lock }));
    expect(isInstalled(folder)).toBe(false);
  });
});

describe('the lock', () => {
  it('lets one work at a time, and is gone afterwards', async () => {
    const file = path.join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    expect(most).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('is released when the work fails', async () => {
    const file = path.join(folder, 'lock');
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that is dead', async () => {
    const file = path.join(folder, 'lock');
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    writeFileSync(file, String(dead.pid));
    expect(await withLock(file, async () => readFileSync(file, 'utf8'))).toBe(String(process.pid));
  });
});

describe('a long step', () => {
  const module = pathToFileURL(path.resolve('scripts/toolchain/long-step.mjs')).href;

  /** Runs a shell command as a step, in a process of its own. */
  function step(command) {
    const script = `import { longStep } from '${module}';
      try { await longStep('Working', 'sh', ['-c', ${JSON.stringify(command)}], '.'); }
      catch (error) { console.error(error.message); process.exit(error.exitCode); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
    let said = '';
    child.stderr.on('data', (data) => (said += data));
    const ended = new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
    return { child, ended };
  }

  it('keeps quiet about what a successful program says', async () => {
    const { code, said } = await step('echo chatter').ended;
    expect(code).toBe(0);
    expect(said).toContain('Working: done');
    expect(said).not.toContain('chatter');
  });

  it('shows what a failing program said', async () => {
    const { code, said } = await step('echo the reason; exit 3').ended;
    expect(code).toBe(1);
    expect(said).toContain('the reason');
    expect(said).toContain('exit code 3');
  });

  it('stops all that it started when it is told to stop', async () => {
    const pidFile = path.join(folder, 'pid');
    const { child, ended } = step('sleep 600 & echo $! > pid; wait');
    await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8')).toMatch(/\d\n/);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });

  it('stops also what has only just begun', async () => {
    const { ended } = step('echo $$ > pid; kill -TERM $PPID; sleep 600');
    expect((await ended).code).toBe(143);
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});

/** Whether a process still does something; one that nobody has collected yet does not. */
function isRunning(pid) {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
