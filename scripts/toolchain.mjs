// Gets a checkout ready to run: installs what is missing, builds what is stale. Uses nothing that
// has to be installed first, and nothing newer than Node 18.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './toolchain/lock.mjs';
import { isInstalled } from './toolchain/installed.mjs';
import { longStep } from './toolchain/long-step.mjs';

/** The root of the project. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** The Node that the project pins. */
export const NODE = path.join(ROOT, 'node_modules', '.bin', 'node');

const DIST = path.join(ROOT, 'dist');
const STAMP = path.join(DIST, '.built');
const NPM = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * Installs the dependencies and builds, unless both are as they should be. Several at once in one
 * checkout wait for each other.
 *
 * @throws Error with `exitCode` when a step failed or was interrupted
 */
export async function ensureReady() {
  if (isInstalled(ROOT) && existsSync(NODE) && isBuilt()) return;
  await withLock(path.join(ROOT, '.toolchain.lock'), async () => {
    if (!isInstalled(ROOT) || !existsSync(NODE)) await install();
    if (!isBuilt()) await build();
  });
}

function install() {
  return longStep('Installing dependencies (npm ci)', NPM, ['ci', '--no-audit', '--no-fund'], ROOT);
}

function isBuilt() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
}

/** Builds beside the old build and swaps it in whole, so that nobody ever runs half of one. */
async function build() {
  const wanted = fingerprint();
  const draft = path.join(ROOT, `dist.new-${process.pid}`);
  const former = path.join(ROOT, `dist.old-${process.pid}`);
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = ['-p', path.join(ROOT, 'tsconfig.build.json')];
  const target = ['--outDir', draft, '--tsBuildInfoFile', path.join(draft, '.tsbuildinfo')];
  try {
    await longStep('Building', NODE, [compiler, ...project, ...target], ROOT);
    writeFileSync(path.join(draft, '.built'), wanted);
    if (existsSync(DIST)) renameSync(DIST, former);
    renameSync(draft, DIST);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(former, { recursive: true, force: true });
  }
}

/** Names, sizes and times of everything that a build is made from. */
function fingerprint() {
  const hash = createHash('sha256');
  for (const file of sources()) {
    const { size, mtimeMs } = statSync(path.join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function sources() {
  const fixed = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  return [...fixed, ...filesBelow('src')].sort((a, b) => (a < b ? -1 : 1));
}

function filesBelow(folder) {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : [name];
  });
}

/** A folder for what a run leaves behind; git ignores it. */
export function outputFolder() {
  const folder = path.join(ROOT, '.test-output');
  mkdirSync(folder, { recursive: true });
  return folder;
}
