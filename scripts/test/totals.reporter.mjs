// A Vitest reporter that leaves what `npm test` has to count, as JSON in the file that
// NEXUS_TEST_REPORT names. Vitest's own JSON leaves out why a test was skipped, and counts the
// tests below a failed set-up as skipped.

import { writeFileSync } from 'node:fs';

export default class TotalsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.NEXUS_TEST_REPORT;
    if (file !== undefined) writeFileSync(file, JSON.stringify(totalsOf(modules, unhandledErrors)));
  }
}

/**
 * @returns `{ passed, failed, skipped: [{ name, reason }], projects }`, the last with the names of
 *   the projects that have tests
 */
export function totalsOf(modules, unhandledErrors) {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const parts = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const broken = parts.filter((part) => part.errors().length > 0 && !showsFailure(part));
  const skipped = tests.filter((test) => isSkipped(test));
  return {
    passed: tests.filter((test) => test.result().state === 'passed').length,
    failed: tests.filter(hasFailed).length + broken.length + unhandledErrors.length,
    skipped: skipped.map((test) => ({ name: test.fullName, reason: test.result().note ?? '' })),
    projects: [...new Set(tests.map((test) => test.project.name))],
  };
}

/** Whether a failed file or suite shows in one of its tests, so that it is not counted twice. */
function showsFailure(part) {
  return [...part.children.allTests()].some(hasFailed);
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
