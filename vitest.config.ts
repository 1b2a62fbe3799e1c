import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

// The tiers of tests, one project each; `npm run test:<tier>` runs one, `npm test` all of them.
// A tier that runs on both databases is two projects over the same files.

type Database = 'sqlite' | 'postgres';

const SECOND = 1000;
const POSTGRES_SETUP = './test/support/postgres.setup.ts';

/** Long tests of what no node has a part in: nothing in them changes with its kind. */
const WITHOUT_A_NODE = ['access-matrix', 'injection', 'input'].map((name) => `**/${name}.spec.ts`);

/** Tests that speak to a database; the PostgreSQL they need lives as long as the run. */
function databaseTier(
  tier: 'integration' | 'e2e' | 'faults',
  database: Database,
  timeoutSeconds: number,
) {
  return {
    test: {
      name: `${tier}-${database}`,
      include: [`test/${tier}/**/*.spec.ts`],
      // What only one of them has: `x.sqlite.spec.ts`, `x.postgres.spec.ts`.
      exclude: [`**/*.${database === 'sqlite' ? 'postgres' : 'sqlite'}.spec.ts`],
      env: { TEST_DATABASE: database },
      globalSetup: database === 'postgres' ? [POSTGRES_SETUP] : [],
      ...timeouts(timeoutSeconds),
    },
  };
}

function timeouts(seconds: number) {
  // The second that a poll has by default is little on a busy machine.
  const expect = { poll: { timeout: 10 * SECOND } };
  return { testTimeout: seconds * SECOND, hookTimeout: seconds * SECOND, expect };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.spec.ts',
            'test/{support,bench,soak}/**/*.spec.ts',
            'scripts/**/*.spec.{ts,mjs}',
          ],
          ...timeouts(20),
        },
      },
      {
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.spec.ts'],
          ...timeouts(60),
        },
      },
      databaseTier('integration', 'sqlite', 30),
      databaseTier('integration', 'postgres', 30),
      databaseTier('e2e', 'sqlite', 60),
      databaseTier('e2e', 'postgres', 60),
      {
        test: {
          name: 'e2e-real',
          include: ['test/e2e/**/*.spec.ts', 'test/integration/{agent,tenant}-reconciler.spec.ts'],
          // What has nothing to do with the node under test.
          exclude: [
            '**/*.postgres.spec.ts',
            '**/{at-rest,bodies,daemon,process,process.sqlite}.spec.ts',
            ...WITHOUT_A_NODE,
          ],
          env: { TEST_DATABASE: 'sqlite', TEST_NODE: 'real' },
          ...timeouts(120),
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.spec.ts'],
          env: { TEST_DATABASE: 'sqlite' },
          ...timeouts(120),
        },
      },
      {
        test: {
          name: 'fuzz',
          include: ['test/fuzz/**/*.spec.ts'],
          env: { TEST_DATABASE: 'sqlite' },
          ...timeouts(300),
        },
      },
      databaseTier('faults', 'sqlite', 300),
      databaseTier('faults', 'postgres', 300),
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.spec.ts'],
          globalSetup: ['cluster', 'definitions'].map((name) => `./test/cluster/${name}.setup.ts`),
          // Most of its time it waits; after the others, because it runs so many at once.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          ...timeouts(120),
        },
      },
      {
        test: {
          name: 'chart',
          include: ['test/chart/**/*.spec.ts'],
          globalSetup: ['./test/cluster/cluster.setup.ts'],
          ...timeouts(120),
        },
      },
      {
        test: {
          name: 'machine',
          include: ['test/machine/**/*.spec.ts'],
          fileParallelism: false,
          ...timeouts(300),
        },
      },
      {
        test: {
          name: 'node',
          include: ['test/node/**/*.spec.ts'],
          globalSetup: ['./test/node/node.setup.ts'],
          // There is one machine, and what a test does to it others would notice.
          fileParallelism: false,
          ...timeouts(180),
        },
      },
      {
        // No tier: `npm run bench:node`.
        test: {
          name: 'bench-node',
          include: ['test/node/**/*.bench.ts'],
          globalSetup: ['./test/node/node.setup.ts'],
          ...timeouts(600),
        },
      },
    ],
  },
});
