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
  machine: ['scripts/test/node.mjs', 'bare'],
  node: ['scripts/test/node.mjs'],
};
/** Projects whose tests give addresses of their own to what they start. */
const IN_OWN_NETWORK = ['cluster', 'chart'];
/** Projects that wait for much else, by the minutes after which one of them hangs. */
const MINUTES = { cluster: 15 };
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
  const minutes = Number(process.env.NEXUS_TIER_MINUTES) || MINUTES[projects[0]];
  const { code, late } = await runNode([VITEST, ...args], {
    env: { NEXUS_TEST_REPORT: report },
    ownNetwork: projects.some(wantsOwnNetwork),
    ownMachine: projects.some((project) => ON_OWN_MACHINE.includes(project)),
    ...(minutes && { withinMs: minutes * 60_000 }),
  });
  if (late) process.stdout.write(`Stopped: it was not over after ${minutes} minutes\n`);
  return count(report, projects, code);
}

/**
 * @param report file that the tests left
 * @param code that they ended with
 * @returns `{ passed, failed, skipped, failures }`, the last with a line for each failed test; each
 *   file that did not end has failed
 */
export function count(report, projects, code) {
  let totals;
  try {
    totals = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    process.stdout.write('The tests left no report\n');
    return { passed: 0, failed: 1, skipped: 0 };
  }
  totals.skipped.forEach(tellSkipped);
  const unfinished = totals.unfinished.map(({ file, place }) => `did not end: ${file} (${place})`);
  for (const line of unfinished) process.stdout.write(`${line}\n`);
  const cut = unfinished.length;
  const empty = cut > 0 ? [] : projects.filter((name) => !totals.projects.includes(name));
  for (const project of empty) process.stdout.write(`${project} has no test\n`);
  const failed = totals.failed + cut + empty.length;
  return {
    passed: totals.passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: totals.skipped.length,
    failures: [...totals.failures, ...unfinished],
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
  // What a test is made of by a program is only known by running it: no cluster is started for that.
  const run = projects.some((project) => IN_OWN_NETWORK.includes(project));
  const args = ['list', ...only(projects), '--json', ...(run ? ['--no-static-parse'] : [])];
  const { code, said } = await runNode([VITEST, ...args], {
    output: 'keep',
    env: { NEXUS_TESTS_LISTED: '1' },
  });
  if (code !== 0) {
    process.stdout.write(said);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = JSON.parse(said.slice(said.indexOf('[')));
  for (const { name } of tests) tellSkipped({ name, reason });
  return { passed: 0, failed: 0, skipped: tests.length };
}

function tellSkipped({ name, reason = '' }) {
  process.stdout.write(`skipped: ${name} (${reason === '' ? noReason() : reason})\n`);
}

function noReason() {
  const isExisting = process.env.USE_EXISTING_CLUSTER === 'true';
  return isExisting ? 'it wants a cluster of the tests, with its kubelet' : 'no reason given';
}

function only(projects) {
  return projects.flatMap((project) => ['--project', project]);
}
