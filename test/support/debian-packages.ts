/** Packages of Debian, installed by its own package manager where that is possible. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ATTEMPTS = 3;
const PAUSE_MS = 5_000;
const SAY_EVERY_MS = 10_000;
/** Waits for whoever else installs something. */
const APT = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3'];

/**
 * Installs a package, and says so while it lasts.
 *
 * @throws Error when this is not the place for it, or the package manager failed
 */
export async function installPackage(name: string): Promise<void> {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const why = obstacle(name, release, process.getuid?.());
  if (why !== undefined) throw new Error(why);
  await withProgress(`Installing ${name} (apt-get install ${name}), once`, async () => {
    await aptGet(['update']);
    await aptGet(['install', '--no-install-recommends', name]);
  });
}

/**
 * What keeps the package manager from installing a package; undefined when nothing does.
 *
 * @param release the text of `/etc/os-release`
 */
export function obstacle(
  name: string,
  release: string,
  userId: number | undefined,
): string | undefined {
  if (!/^ID(_LIKE)?=.*\bdebian\b/m.test(release)) return 'this is not Debian; install it yourself';
  // There it is a wrapper around a snap, which needs a running init.
  if (/^ID="?ubuntu\b/m.test(release)) return 'Ubuntu packages none; install it yourself';
  return userId === 0 ? undefined : `apt-get install ${name} wants root`;
}

async function aptGet(args: readonly string[], attempt = 1): Promise<void> {
  try {
    await aptGetOnce(args);
  } catch (error) {
    if (attempt === ATTEMPTS) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await aptGet(args, attempt + 1);
  }
}

/** Into a file, so that it can end what it began when nobody listens any more. */
async function aptGetOnce(args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-apt-'));
  const file = path.join(folder, 'log');
  const log = await open(file, 'w');
  try {
    const child = spawn('apt-get', [...APT, ...args], {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const code = await new Promise<number | null>((resolve, reject) => {
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

async function withProgress(what: string, work: () => Promise<void>): Promise<void> {
  const started = Date.now();
  const say = (text: string): void => void process.stderr.write(`${what} … ${text}\n`);
  const seconds = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  say('');
  const timer = setInterval(() => say(seconds()), SAY_EVERY_MS);
  try {
    await work();
    say(`done in ${seconds()}`);
  } finally {
    clearInterval(timer);
  }
}
