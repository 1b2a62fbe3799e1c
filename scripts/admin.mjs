// `npm run admin -- COMMAND …`: gets the checkout ready and runs `nexus-admin` in it.

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

const program = path.join(ROOT, 'dist', 'cli', 'main.js');
const { status, signal } = spawnSync(NODE, [program, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(exitCodeOf(status, signal));
