// Packages of Debian, installed by its own package manager where that is possible. Uses nothing newer
// than Node 18.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withLock } from './lock.mjs';

const ATTEMPTS = 3;
const PAUSE_MS = 5_000;
const SAY_EVERY_MS = 10_000;
/** Waits for whoever else installs something. */
const APT = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];
/** The lists are read anew under a lock that apt does not wait for. */
const LOCK = path.join(tmpdir(), 'nexus-apt.lock');

/**
 * Installs packages, and says so while it lasts.
 *
 * @throws Error when this is not the place for it, or the package manager failed
 */
export async function installPackages(names) {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const why = obstacle(names, release, process.getuid?.());
  if (why !== undefined) throw new Error(why);
  const list = names.join(' ');
  await withProgress(`Installing ${list} (apt-get install ${list}), once`, () =>
    withLock(LOCK, async () => {
      await aptGet(['update']);
      await aptGet(['install', '--no-install-recommends', ...names]);
    }),
  );
}

/**
 * What keeps the package manager from installing packages; undefined when nothing does.
 *
 * @param release the text of `/etc/os-release`
 * @param userId undefined where there are none
 */
export function obstacle(names, release, userId) {
  const it = names.length > 1 ? 'them' : 'it';
  if (!/^ID(_LIKE)?=.*\bdebian\b/m.test(release)) {
    return `this is not Debian; install ${it} yourself`;
  }
  // There one of them is a wrapper around a snap, which needs a running init.
  if (/^ID="?ubuntu\b/m.test(release) && names.includes('chromium')) {
    return 'Ubuntu packages none; install it yourself';
  }
  return userId === 0 ? undefined : `apt-get install ${names.join(' ')} wants root`;
}

async function aptGet(args, attempt = 1) {
  try {
    await aptGetOnce(args);
  } catch (error) {
    if (attempt === ATTEMPTS) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await aptGet(args, attempt + 1);
  }
}

/** Into a file, so that it can end what it began when nobody listens any more. */
async function aptGetOnce(args) {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-apt-'));
  const file = path.join(folder, 'log');
  const log = await open(file, 'w');
  try {
    const child = spawn('apt-get', [...APT, ...args], {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code === 0) return;
    const last = (await readFile(file, 'utf8')).trim().split('\n').slice(-3).join(' / ');
    throw new Error(`apt-get ${args.join(' ')} exited with ${code}: ${last}`);
  } finally {
    await log.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withProgress(what, work) {
  const started = Date.now();
  const say = (text) => process.stderr.write(`${what} … ${text}\n`);
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  say('');
  const timer = setInterval(() => say(seconds()), SAY_EVERY_MS);
  try {
    await work();
    say(`done in ${seconds()}`);
  } finally {
    clearInterval(timer);
  }
}
