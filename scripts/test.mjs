// `npm test`: every check and every tier of tests, from a bare checkout. Goes on after a failure,
// so that the totals on the last line are true. `node scripts/test.mjs NAME…` runs some of them.

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, NODE, outputFolder, ROOT } from './toolchain.mjs';

const bin = (name, file) => path.join(ROOT, 'node_modules', name, file);

/** Checks of the tree: each counts as one test. */
const CHECKS = {
  format: [bin('prettier', 'bin/prettier.cjs'), '--check', '.'],
  lint: [bin('oxlint', 'bin/oxlint'), '--type-aware', '--deny-warnings'],
  types: [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json'],
  imports: [
    bin('dependency-cruiser', 'bin/dependency-cruiser.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    'src',
  ],
  generated: ['scripts/generate.mjs', '--check'],
};

/** Tiers of tests: each is one or more projects of `vitest.config.ts`. */
const TIERS = {
  unit: ['unit'],
  architecture: ['architecture'],
  integration: ['integration-sqlite', 'integration-postgres'],
  e2e: ['e2e-sqlite', 'e2e-postgres'],
  real: ['e2e-real'],
  faults: ['faults-sqlite', 'faults-postgres'],
};

const totals = { passed: 0, failed: 0, skipped: 0 };

try {
  await ensureInstalled();
  await ensureBuilt();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  finish({ passed: 0, failed: 1, skipped: 0 });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => CHECKS[name] === undefined && TIERS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no check or tier called ${unknown.join(', ')}\n`);
  process.exit(2);
}
const chosen = (names) =>
  Object.keys(names).filter((name) => wanted.length === 0 || wanted.includes(name));
for (const name of chosen(CHECKS)) await timed(name, () => check(CHECKS[name]));
for (const name of chosen(TIERS)) await timed(name, () => tier(name, TIERS[name]));
finish(totals);

async function timed(name, work) {
  process.stdout.write(`\n== ${name}\n`);
  const started = Date.now();
  const outcome = await work();
  for (const key of Object.keys(totals)) totals[key] += outcome[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const words = `${outcome.passed} passed, ${outcome.failed} failed`;
  const skipped = outcome.skipped > 0 ? `, ${outcome.skipped} skipped` : '';
  process.stdout.write(`== ${name}: ${words}${skipped} (${seconds} s)\n`);
}

async function check(args) {
  const failed = (await runNode(args)) === 0 ? 0 : 1;
  return { passed: 1 - failed, failed, skipped: 0 };
}

async function tier(name, projects) {
  const report = path.join(outputFolder(), `${name}.json`);
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await runNode([
    bin('vitest', 'vitest.mjs'),
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    ...reporters,
  ]);
  return count(report, code);
}

/** Reads what a tier reported; a tier that tells of no test, or ended badly, has failed. */
function count(report, code) {
  let results;
  try {
    results = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    process.stdout.write('The tests left no report\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed');
  for (const { fullName } of skipped) process.stdout.write(`skipped: ${fullName}\n`);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  let failed = tests.filter(({ status }) => status === 'failed').length + broken.length;
  if (failed === 0 && (code !== 0 || tests.length === 0)) failed = 1;
  return { passed, failed, skipped: skipped.length };
}

function runNode(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function finish({ passed, failed, skipped }) {
  const words = `tests: ${passed} passed, ${failed} failed`;
  process.stdout.write(`\n${words}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  process.exit(failed > 0 ? 1 : 0);
}
