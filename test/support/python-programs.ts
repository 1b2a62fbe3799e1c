/** The astromesh runtime of PyPI, installed once into a cache outside the repository. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
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
    const reason = `astromesh ${VERSION} cannot be installed: ${lastWords(error)}`;
    if (process.env['NEXUS_REQUIRE_REAL_NODE'] === '1') throw new Error(reason, { cause: error });
    return { skip: reason };
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
  if (!existsSync(home)) await install(cache, home);
  return path.join(home, 'bin', 'python');
}

/**
 * Makes it under another name and moves it in place when it is whole. Only its Python is used, and
 * that one finds its packages wherever it lies.
 */
async function install(cache: string, home: string): Promise<void> {
  process.stderr.write(`Installing astromesh ${VERSION} into ${home}, once …\n`);
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${home}.new-`);
  try {
    await run('python3', ['-m', 'venv', draft]);
    await run(
      path.join(draft, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', '--ignore-requires-python', `astromesh==${VERSION}`],
      { timeout: INSTALL_WITHIN_MS },
    );
    await rename(draft, home).catch((error: unknown) => {
      // Somebody else made it meanwhile.
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The line in which a program says what went wrong: the last one. */
function lastWords(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return stderr?.trim().split('\n').at(-1) || message;
}
