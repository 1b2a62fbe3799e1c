import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureReady, NODE, ROOT } from '../toolchain.mjs';
import { exitCodeOf } from './exit-code.mjs';

/**
 * Gets the checkout ready, runs a TypeScript program of the tests with the arguments of this one,
 * and ends as it ends.
 */
export async function runProgram(file) {
  try {
    await ensureReady();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode ?? 1);
  }
  const hooks = path.join(ROOT, 'test', 'support', 'typescript-hooks.mjs');
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const program = path.join(ROOT, file);
  const { status, signal } = spawnSync(
    NODE,
    [...flags, '--import', hooks, program, ...process.argv.slice(2)],
    { stdio: 'inherit', cwd: ROOT },
  );
  process.exit(exitCodeOf(status, signal));
}
