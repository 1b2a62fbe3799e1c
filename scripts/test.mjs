// `npm test`: every check and every tier of tests, from a bare checkout. Goes on after a failure,
// so that the totals on the last line are true. `node scripts/test.mjs NAME…` runs some of them.

import path from 'node:path';
import { runCheck } from './test/check.mjs';
import { interruptedBy } from './test/children.mjs';
import { counted } from './test/counted.mjs';
import { prepareTier, runTier } from './test/tier.mjs';
import { ensureReady, ROOT } from './toolchain.mjs';

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
  openapi: ['scripts/test/openapi.mjs'],
};
const CHECKS_AT_ONCE = 2;

/** Tiers of tests: each is one or more projects of `vitest.config.ts`. */
const TIERS = {
  unit: ['unit'],
  architecture: ['architecture'],
  integration: ['integration-sqlite', 'integration-postgres'],
  e2e: ['e2e-sqlite', 'e2e-postgres'],
  real: ['e2e-real'],
  browser: ['browser'],
  fuzz: ['fuzz'],
  faults: ['faults-sqlite', 'faults-postgres'],
  cluster: ['cluster'],
  chart: ['chart'],
  machine: ['machine'],
  node: ['node'],
};

const totals = { passed: 0, failed: 0, skipped: 0 };
/** A line for each test that failed, told again at the end: much is said in between. */
const failures = [];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => CHECKS[name] === undefined && TIERS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`There is no check or tier called ${unknown.join(', ')}\n`);
  process.exit(2);
}
try {
  await ensureReady();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  totals.failed++;
  finish(error.exitCode);
}
const chosen = (names) =>
  Object.keys(names).filter((name) => wanted.length === 0 || wanted.includes(name));
for (const name of chosen(TIERS)) prepareTier(TIERS[name]);
await runChecks(chosen(CHECKS));
for (const name of chosen(TIERS)) {
  if (interruptedBy() !== undefined) break;
  process.stdout.write(`\n== ${name}\n`);
  await timed(name, () => runTier(TIERS[name]));
}
finish(interruptedBy());

/** Some at a time; each shows what it said when it is over. */
async function runChecks(names) {
  const queue = [...names];
  const lane = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      if (interruptedBy() !== undefined) return;
      const current = name;
      await timed(current, () => runCheck(current, CHECKS[current]));
    }
  };
  await Promise.all(Array.from({ length: CHECKS_AT_ONCE }, lane));
}

async function timed(name, work) {
  const started = Date.now();
  const outcome = await counted(name, work);
  for (const key of Object.keys(totals)) totals[key] += outcome[key];
  failures.push(...(outcome.failures ?? []));
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`== ${name}: ${words(outcome)} (${seconds} s)\n`);
}

function words({ passed, failed, skipped }) {
  const ran = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${ran}, ${skipped} skipped` : ran;
}

/** @param code for an end before everything had run */
function finish(code) {
  for (const line of failures) process.stdout.write(`failed: ${line}\n`);
  process.stdout.write(`\ntests: ${words(totals)}\n`);
  process.exit(code ?? (totals.failed > 0 ? 1 : 0));
}
