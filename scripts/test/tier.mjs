// Runs one tier of tests and counts its tests.

import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { outputFolder, ROOT } from '../toolchain.mjs';
import { runNode } from './children.mjs';

const VITEST = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const HOOKS = path.join(ROOT, 'test', 'support', 'typescript-hooks.mjs');
const REPORTER = path.join(ROOT, 'scripts', 'test', 'totals.reporter.mjs');
/** What some projects need and a machine may be unable to get, by the script that gets it. */
const NEEDS = {
  'e2e-real': ['scripts/test/python-program.mjs', 'real-node'],
  fuzz: ['scripts/test/python-program.mjs', 'fuzzer'],
  browser: ['scripts/test/browser.mjs'],
  cluster: ['scripts/test/cluster.mjs'],
  chart: ['scripts/test/cluster.mjs', 'chart'],
  node: ['scripts/test/node.mjs'],
};
/** Projects whose tests give addresses of their own to what they start. */
const IN_OWN_NETWORK = ['cluster', 'chart'];
/** Projects whose tests start containers. */
const ON_OWN_MACHINE = ['node'];
const lookedFor = new Map();

/** Begins to get what a tier needs, so that it is there when its turn comes. */
export function prepareTier(projects) {
  // Whoever waits for it is told.
  for (const project of projects) whyMissing(project).catch(() => undefined);
}

/**
 * @param projects names in `vitest.config.ts`; one without a test has failed
 * @returns `{ passed, failed, skipped }`
 */
export async function runTier(projects) {
  for (const project of projects) {
    const reason = await whyMissing(project);
    if (reason !== undefined) return skipAll(projects, reason);
  }
  const report = path.join(outputFolder(), `${projects[0]}.json`);
  rmSync(report, { force: true });
  const args = ['run', ...only(projects), '--reporter=default', `--reporter=${REPORTER}`];
  const { code } = await runNode([VITEST, ...args], {
    env: { NEXUS_TEST_REPORT: report },
    ownNetwork: projects.some(wantsOwnNetwork),
    ownMachine: projects.some((project) => ON_OWN_MACHINE.includes(project)),
  });
  return count(report, projects, code);
}

function count(report, projects, code) {
  let totals;
  try {
    totals = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    process.stdout.write('The tests left no report\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  totals.skipped.forEach(tellSkipped);
  const empty = projects.filter((project) => !totals.projects.includes(project));
  for (const project of empty) process.stdout.write(`${project} has no test\n`);
  const failed = totals.failed + empty.length;
  return {
    passed: totals.passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: totals.skipped.length,
  };
}

/**
 * Why what a project needs cannot be had; undefined when it is there or nothing is needed, or when
 * its absence has to be a failure.
 */
function whyMissing(project) {
  const needed = NEEDS[project];
  if (needed === undefined) return Promise.resolve(undefined);
  if (!lookedFor.has(project)) lookedFor.set(project, get(needed));
  return lookedFor.get(project);
}

async function get(script) {
  const { code, said } = await runNode(['--import', HOOKS, ...script], {
    output: 'answer',
    env: { FORCE_COLOR: undefined, NO_COLOR: '1' },
  });
  if (code !== 0) process.stdout.write(said);
  const [, reason] = /^missing: (.*)$/m.exec(said) ?? [];
  return code === 0 ? reason : undefined;
}

/** An existing cluster is reached over the network of this machine. */
function wantsOwnNetwork(project) {
  return IN_OWN_NETWORK.includes(project) && process.env.USE_EXISTING_CLUSTER !== 'true';
}

async function skipAll(projects, reason) {
  const { code, said } = await runNode([VITEST, 'list', ...only(projects), '--json'], {
    output: 'keep',
  });
  if (code !== 0) {
    process.stdout.write(said);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = JSON.parse(said.slice(said.indexOf('[')));
  for (const { name } of tests) tellSkipped({ name, reason });
  return { passed: 0, failed: 0, skipped: tests.length };
}

function tellSkipped({ name, reason }) {
  process.stdout.write(`skipped: ${name} (${reason || 'no reason given'})\n`);
}

function only(projects) {
  return projects.flatMap((project) => ['--project', project]);
}
