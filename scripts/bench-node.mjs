// `npm run bench:node`: measures what an install uses of a real machine of one's own
// (`test/node/footprint.bench.ts`). Wants what `npm run test:node` does.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { runNode } from './test/children.mjs';
import { ensureReady, ROOT } from './toolchain.mjs';

const HOOKS = path.join(ROOT, 'test', 'support', 'typescript-hooks.mjs');
const VITEST = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

const { values } = parseArgs({ options: { json: { type: 'string' } } });
try {
  await ensureReady();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode ?? 1);
}
const got = await runNode(['--import', HOOKS, 'scripts/test/node.mjs'], {
  output: 'answer',
  env: { NEXUS_REQUIRE_CLUSTER: '1' },
});
if (got.code !== 0) process.exit(got.code);
const { code } = await runNode([VITEST, 'run', '--project', 'bench-node'], {
  ownMachine: true,
  env: values.json === undefined ? {} : { NEXUS_BENCH_JSON: path.resolve(values.json) },
});
process.exit(code);
