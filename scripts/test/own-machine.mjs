// Runs a command on a machine of its own, as far as one kernel can be several: network, mounts and
// processes are its own and end with it, and what a kubelet changes beyond them is put back, however
// it ends. Wants Linux and root. One at a time.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf } from '../toolchain/exit-code.mjs';
import { withLock } from '../toolchain/lock.mjs';
import { groupsOfPods, putBack, recordState } from './machine/state.mjs';

const INSIDE = fileURLToPath(new URL('machine/inside.sh', import.meta.url));
const LOCK = path.join(tmpdir(), 'nexus-machine.lock');
/** What was before one that is under way; read by the next when that one was killed. */
const STATE = path.join(tmpdir(), 'nexus-machine.state.json');
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
/** A terminal tells the inside as well, which then ends in order. */
const PATIENCE_MS = 15_000;

process.exitCode = await withLock(LOCK, () => run(process.argv.slice(2)));

async function run(command) {
  if (existsSync(STATE)) await tidy(JSON.parse(readFileSync(STATE, 'utf8')));
  const [taken] = groupsOfPods();
  if (taken !== undefined) {
    process.stderr.write(
      `A kubelet runs on this machine already: it has the control group ${taken}\n`,
    );
    return 1;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'nexus-machine-'));
  const state = recordState(folder);
  writeFileSync(STATE, JSON.stringify(state));
  mkdirSync('/var/lib/cni', { recursive: true });
  const code = await runInside(command, folder);
  const left = await tidy(state);
  return left ? 1 : code;
}

/** Whether something was left behind, which it says. */
async function tidy(state) {
  const left = await putBack(state);
  for (const one of left) process.stderr.write(`Left behind: ${one}\n`);
  rmSync(STATE, { force: true });
  return left.length > 0;
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
