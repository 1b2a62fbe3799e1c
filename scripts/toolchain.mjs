// Gets a checkout ready to run: installs what is missing, builds what is stale. Uses nothing that
// has to be installed first, and nothing newer than Node 18.

import { spawn } from 'node:child_process';
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

/** The root of the project. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
/** The Node that the project pins. */
export const NODE = path.join(ROOT, 'node_modules', '.bin', 'node');

const DIST = path.join(ROOT, 'dist');
const STAMP = path.join(DIST, '.built');
const SLOW_MS = 5_000;

/** Installs the dependencies unless they are exactly those of the lock file. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  await step('Installing dependencies (npm ci)', npm(), ['ci', '--no-audit', '--no-fund']);
}

/** Builds `dist` unless it is made from exactly these sources. */
export async function ensureBuilt() {
  const wanted = fingerprint();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return;
  // Beside the old build and swapped in whole, so that whoever runs from it is not disturbed.
  const draft = path.join(ROOT, `dist.new-${process.pid}`);
  const former = path.join(ROOT, `dist.old-${process.pid}`);
  try {
    const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const project = ['-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', draft];
    await step('Building', NODE, [compiler, ...project]);
    writeFileSync(path.join(draft, '.built'), wanted);
    if (existsSync(DIST)) renameSync(DIST, former);
    renameSync(draft, DIST);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(former, { recursive: true, force: true });
  }
}

/** Runs a program to its end with its output shown; gives its exit code, 128 + n for signal n. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal] ?? 1)));
  });
}

export const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15, SIGKILL: 9 };

function npm() {
  return process.platform === 'win32' ? 'npm.cmd' : 'npm';
}

/** A long step: it says that it began, that it goes on, and shows its output only when it failed. */
function step(what, program, args) {
  process.stderr.write(`${what} …\n`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const progress = setInterval(() => process.stderr.write(`${what} … ${seconds()} s\n`), SLOW_MS);
  return new Promise((resolve, reject) => {
    const output = [];
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) {
        process.stderr.write(`${what}: done in ${seconds()} s\n`);
        resolve();
        return;
      }
      process.stderr.write(Buffer.concat(output));
      reject(new Error(`${what} failed (exit code ${code}); its output is above`));
    });
  }).finally(() => clearInterval(progress));
}

/** Whether what lies in `node_modules` is what the lock file asks for on this machine. */
function isInstalled() {
  const wanted = packagesOf(path.join(ROOT, 'package-lock.json'));
  const found = packagesOf(path.join(ROOT, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || found === undefined || !existsSync(NODE)) return false;
  const same = Object.entries(found).every(([name, { version, integrity }]) => {
    const one = wanted[name];
    return one !== undefined && one.version === version && one.integrity === integrity;
  });
  const whole = Object.entries(wanted).every(
    ([name, { optional, peer }]) => name === '' || optional || peer || found[name] !== undefined,
  );
  return same && whole;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
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
