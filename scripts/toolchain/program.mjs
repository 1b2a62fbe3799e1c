import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureReady, NODE, ROOT } from '../toolchain.mjs';
import { exitCodeOf } from './exit-code.mjs';

const OWN_NETWORK = path.join(ROOT, 'scripts', 'test', 'own-network.sh');

/**
 * Gets the checkout ready, runs a TypeScript program of the tests with the arguments of this one,
 * and ends as it ends.
 *
 * @param ownNetwork runs it in a network that holds nothing but itself
 */
export async function runProgram(file, { ownNetwork = false } = {}) {
  try {
    await ensureReady();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(error.exitCode ?? 1);
  }
  const hooks = path.join(ROOT, 'test', 'support', 'typescript-hooks.mjs');
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const command = [NODE, ...flags, '--import', hooks, path.join(ROOT, file)];
  const [program, ...args] = ownNetwork ? ['sh', OWN_NETWORK, ...command] : command;
  const { status, signal } = spawnSync(program, [...args, ...process.argv.slice(2)], {
    stdio: 'inherit',
    cwd: ROOT,
  });
  process.exit(exitCodeOf(status, signal));
}
