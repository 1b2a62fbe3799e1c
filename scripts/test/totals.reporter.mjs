// A Vitest reporter that leaves what `npm test` has to count, as JSON in the file that
// NEXUS_TEST_REPORT names. Vitest's own JSON leaves out why a test was skipped, and counts the
// tests below a failed set-up as skipped. It is written as the tests go on: a run that is killed
// has told what passed until then, and where it was.

import { writeFileSync } from 'node:fs';
import path from 'node:path';

const WRITTEN_AFTER_MS = 300;

export default class TotalsReporter {
  #modules = new Set();
  /** What has not ended, by its file: where it is. */
  #unfinished = new Map();
  #timer;

  onTestRunStart(specifications) {
    for (const one of specifications) this.#unfinished.set(keyOf(one), 'not begun');
    this.#writeSoon();
  }

  onTestModuleStart(module) {
    this.#modules.add(module);
    this.#isAt(module, 'before its first test');
  }

  onTestCaseReady(test) {
    this.#isAt(test.module, `in: ${test.fullName}`);
  }

  onTestCaseResult(test) {
    this.#isAt(test.module, `after: ${test.fullName}`);
  }

  onTestModuleEnd(module) {
    this.#modules.add(module);
    this.#unfinished.delete(keyOf(module));
    this.#writeSoon();
  }

  onTestRunEnd(modules, unhandledErrors) {
    clearTimeout(this.#timer);
    write({ ...totalsOf(modules, unhandledErrors), unfinished: [] });
  }

  #isAt(module, place) {
    this.#unfinished.set(keyOf(module), place);
    this.#writeSoon();
  }

  #writeSoon() {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const ended = [...this.#modules].filter((module) => !this.#unfinished.has(keyOf(module)));
      const under = [...this.#modules].filter((module) => this.#unfinished.has(keyOf(module)));
      const unfinished = [...this.#unfinished].map(([file, place]) => ({ file, place }));
      write({ ...sum(totalsOf(ended, []), totalsOf(under, [], hasEnded)), unfinished });
    }, WRITTEN_AFTER_MS).unref();
  }
}

/**
 * @param counts whether a test counts already
 * @returns `{ passed, failed, failures, skipped: [{ name, reason }], projects }`: `failures` has a
 *   line for each that failed, `projects` the names of those that have tests
 */
export function totalsOf(modules, unhandledErrors, counts = () => true) {
  const tests = modules.flatMap((module) => [...module.children.allTests()]).filter(counts);
  const parts = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const broken = parts.filter((part) => part.errors().length > 0 && !showsFailure(part));
  const skipped = tests.filter((test) => isSkipped(test));
  const failures = [
    ...tests.filter(hasFailed).map((test) => lineOf(test, test.result().errors)),
    ...broken.map((part) => lineOf(part, part.errors())),
    ...unhandledErrors.map(({ message }) => `outside of any test: ${firstLine(message)}`),
  ];
  return {
    passed: tests.filter((test) => test.result().state === 'passed').length,
    failed: failures.length,
    failures,
    skipped: skipped.map((test) => ({ name: test.fullName, reason: test.result().note ?? '' })),
    projects: [...new Set(tests.map((test) => test.project.name))],
  };
}

function sum(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    failures: [...one.failures, ...other.failures],
    skipped: [...one.skipped, ...other.skipped],
    projects: [...new Set([...one.projects, ...other.projects])],
  };
}

function write(totals) {
  const file = process.env.NEXUS_TEST_REPORT;
  if (file !== undefined) writeFileSync(file, JSON.stringify(totals));
}

/** A file may be run by several projects. */
function keyOf({ project, moduleId }) {
  return `${project.name}: ${path.relative(process.cwd(), moduleId)}`;
}

/** What failed, and the first that was wrong with it. */
function lineOf(part, errors) {
  const name = part.fullName ?? 'its set-up or its end';
  return `${keyOf(part.module ?? part)}: ${name}: ${firstLine(errors?.[0]?.message)}`;
}

function firstLine(message) {
  return String(message ?? 'it did not end').split('\n', 1)[0];
}

/** Whether a failed file or suite shows in one of its tests, so that it is not counted twice. */
function showsFailure(part) {
  return [...part.children.allTests()].some(hasFailed);
}

function hasEnded(test) {
  return test.result().state !== 'pending';
}

/** Also true for a test that never ended. */
function hasFailed(test) {
  return test.result().state !== 'passed' && !isSkipped(test);
}

/** A test that a failed set-up kept from running did not pass, and nobody chose to skip it. */
function isSkipped(test) {
  if (test.result().state !== 'skipped') return false;
  for (let part = test.parent; part !== undefined; part = part.parent) {
    if (part.errors().length > 0) return false;
  }
  return true;
}
