// The programs that `npm test` runs. When it is told to stop, they are told too, and it waits for
// them: what they started is theirs to stop.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { exitCodeOf } from '../toolchain/exit-code.mjs';
import { NODE, ROOT } from '../toolchain.mjs';

/** As the terminal is, also for output that is kept for a while. */
const COLOUR = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };

const OWN_NETWORK = path.join(ROOT, 'scripts', 'test', 'own-network.sh');
const OWN_MACHINE = path.join(ROOT, 'scripts', 'test', 'own-machine.mjs');
/** Whatever ends this process: nobody else would tell the machine to stop. */
const TOLD_AT_OUR_END = ['setpriv', '--pdeathsig', 'TERM'];

const STREAMS = {
  inherit: ['inherit', 'inherit'],
  keep: ['pipe', 'pipe'],
  answer: ['pipe', 'inherit'],
};

/** What a program that was told to stop may take for it. */
const STOP_WITHIN_MS = 20_000;

const running = new Set();
let interrupted;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = exitCodeOf(null, signal);
    // Ctrl-C in a terminal has reached them already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    for (const child of running) child.kill(signal);
  });
}

/** The exit code of a run that was told to stop; undefined when it was not. */
export function interruptedBy() {
  return interrupted;
}

/**
 * Runs a script with the pinned Node.
 *
 * @param output `inherit` to show what it says, `keep` to give it back, the error stream included,
 *   `answer` to give back what it says and show its error stream
 * @param ownNetwork runs it in a network that holds nothing but itself
 * @param ownMachine runs it where containers may be started, and puts the machine back after it
 * @param withinMs after which it is told to stop; for ever when left out
 * @returns `{ code, said, late }`, the last for one that was told to stop
 */
export function runNode(
  args,
  { output = 'inherit', env = {}, ownNetwork = false, ownMachine = false, withinMs } = {},
) {
  return new Promise((resolve, reject) => {
    const [stdout, stderr] = STREAMS[output];
    const within = [
      ...(ownMachine ? [...TOLD_AT_OUR_END, NODE, OWN_MACHINE] : []),
      ...(ownNetwork ? ['sh', OWN_NETWORK] : []),
    ];
    const [program, ...rest] = [...within, NODE, ...args];
    const child = spawn(program, rest, {
      cwd: ROOT,
      stdio: ['ignore', stdout, stderr],
      env: { ...process.env, ...COLOUR, ...env },
    });
    running.add(child);
    const limit = limited(child, withinMs);
    const said = [];
    child.stdout?.on('data', (data) => said.push(data));
    child.stderr?.on('data', (data) => said.push(data));
    child.once('error', (error) => {
      running.delete(child);
      limit.end();
      reject(error);
    });
    child.once('close', (code, signal) => {
      running.delete(child);
      const late = limit.end();
      resolve({ code: exitCodeOf(code, signal), said: Buffer.concat(said).toString(), late });
    });
  });
}

/** Tells a program to stop when its time is over, and ends it when it does not. */
function limited(child, withinMs) {
  const timers = [];
  let late = false;
  if (withinMs !== undefined) {
    const stop = () => {
      late = true;
      child.kill('SIGTERM');
    };
    timers.push(setTimeout(stop, withinMs));
    timers.push(setTimeout(() => child.kill('SIGKILL'), withinMs + STOP_WITHIN_MS));
  }
  return {
    end() {
      timers.forEach(clearTimeout);
      return late;
    },
  };
}
