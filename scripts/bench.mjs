// `npm run bench`: gets the checkout ready and measures it (`test/bench/main.ts`).

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { exitCodeOf } from './toolchain/exit-code.mjs';
import { ensureReady, NODE, ROOT } from './toolchain.mjs';

try {
  await ensureReady();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode ?? 1);
}

const hooks = path.join(ROOT, 'test', 'support', 'typescript-hooks.mjs');
const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
const program = path.join(ROOT, 'test', 'bench', 'main.ts');
const { status, signal } = spawnSync(
  NODE,
  [...flags, '--import', hooks, program, ...process.argv.slice(2)],
  { stdio: 'inherit', cwd: ROOT },
);
process.exit(exitCodeOf(status, signal));
