// Runs a command on a machine of its own, as far as one kernel can be several: network, mounts and
// processes are its own and end with it, and what a kubelet changes beyond them is put back, however
// it ends. Wants Linux and root. One at a time.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf } from '../toolchain/exit-code.mjs';
import { withLock } from '../toolchain/lock.mjs';
import { LOCK, remember, remembered, tidy } from './machine/state-file.mjs';
import { groupsOfPods, recordState } from './machine/state.mjs';

const INSIDE = fileURLToPath(new URL('machine/inside.sh', import.meta.url));
const GUARD = fileURLToPath(new URL('machine/guard.mjs', import.meta.url));
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
/** A terminal tells the inside as well, which then ends in order. */
const PATIENCE_MS = 15_000;

process.exitCode = await withLock(LOCK, () => run(process.argv.slice(2)));

async function run(command) {
  const former = remembered();
  if (former !== undefined) await tidy(former);
  const [taken] = groupsOfPods();
  if (taken !== undefined) {
    process.stderr.write(
      `A kubelet runs on this machine already: it has the control group ${taken}\n`,
    );
    return 1;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'nexus-machine-'));
  const state = recordState(folder);
  remember(state);
  beginGuard(folder);
  mkdirSync('/var/lib/cni', { recursive: true });
  const code = await runInside(command, folder);
  const left = await tidy(state);
  return left ? 1 : code;
}

/** For the case that this process is killed: what is inside then is killed too, but nothing put back. */
function beginGuard(folder) {
  const stdio = ['pipe', 'ignore', 'ignore'];
  const guard = spawn(process.execPath, [GUARD], { cwd: '/', detached: true, stdio });
  // It learns from the end of its input that this process has ended.
  guard.stdin.write(folder);
  guard.stdin.unref();
  guard.unref();
}

function runInside(command, folder) {
  // Whatever becomes of this process, the other one does not outlive it.
  const args = ['--pdeathsig', 'KILL', 'unshare', ...NAMESPACES, 'sh', INSIDE, ...command];
  const env = { ...process.env, TMPDIR: folder, NEXUS_OWN_MACHINE: '1' };
  const child = spawn('setpriv', args, { stdio: 'inherit', env });
  let impatience;
  const stop = (signal) => {
    const patience = signal === 'SIGINT' && process.stdin.isTTY ? PATIENCE_MS : 0;
    impatience ??= setTimeout(() => child.kill('SIGKILL'), patience);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(impatience);
      resolve(exitCodeOf(code, signal));
    });
  });
}
