/** The astromesh runtime of PyPI, installed once into a cache outside the repository. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const VERSION = '0.74.1';
const INSTALL_WITHIN_MS = 10 * 60_000;

const run = promisify(execFile);

/** Why the real node is not to be had here. */
export interface Missing {
  skip: string;
}

/**
 * The `NEXUS_NODE_COMMAND` that starts it. The first call on a machine installs it.
 *
 * @throws Error instead of saying why it is missing, when `NEXUS_REQUIRE_REAL_NODE=1`
 */
export async function realNodeCommand(): Promise<string | Missing> {
  try {
    const python = await ensureInstalled();
    return `env ASTROMESH_CONFIG_DIR={dir} ${python} -m uvicorn astromesh.api.main:app --host {host} --port {port}`;
  } catch (error) {
    if (process.env['NEXUS_REQUIRE_REAL_NODE'] === '1') throw error;
    return { skip: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  }
}

/** @returns the Python of a virtual environment that has it */
async function ensureInstalled(): Promise<string> {
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'nexus');
  const { stdout } = await run('python3', [
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  const home = path.join(cache, `astromesh-${VERSION}-python${stdout.trim()}`);
  const python = path.join(home, 'bin', 'python');
  if (existsSync(path.join(home, 'complete'))) return python;
  // Paths are written into the environment, so it is made in place and marked when it is whole.
  await rm(home, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  const lock = `${home}.lock`;
  await mkdir(lock, { recursive: false }).catch(() => waitFor(path.join(home, 'complete')));
  try {
    if (!existsSync(path.join(home, 'complete'))) await install(home, python);
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
  return python;
}

async function install(home: string, python: string): Promise<void> {
  process.stderr.write(`Installing astromesh ${VERSION} into ${home}, once …\n`);
  await run('python3', ['-m', 'venv', home]);
  await run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--ignore-requires-python', `astromesh==${VERSION}`],
    { timeout: INSTALL_WITHIN_MS },
  );
  await writeFile(path.join(home, 'complete.new'), `${VERSION}\n`);
  await rename(path.join(home, 'complete.new'), path.join(home, 'complete'));
}

/** Somebody else is installing. */
async function waitFor(file: string): Promise<void> {
  const deadline = Date.now() + INSTALL_WITHIN_MS;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error(`${file} did not appear in time`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
