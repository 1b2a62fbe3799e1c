// Runs one step of getting ready: says that it began and that it goes on, shows its output only when
// it failed, and takes it along when this process is told to stop.

import { spawn } from 'node:child_process';
import { exitCodeOf } from './exit-code.mjs';

const SAY_EVERY_MS = 5_000;
const KILL_AFTER_MS = 3_000;
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @param what said to the user, for example `Building`
 * @returns what it printed
 * @throws Error with `exitCode`: 1 when the step failed, 128 + n when signal n interrupted it
 */
export async function longStep(what, program, args, cwd) {
  const say = (text) => process.stderr.write(`${text}\n`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say(`${what} …`);
  const progress = setInterval(() => say(`${what} … ${seconds()} s`), SAY_EVERY_MS);
  let output;
  try {
    const ended = await runGroup(program, args, cwd);
    const { code, stoppedBy } = ended;
    output = ended.output;
    if (stoppedBy !== undefined) throw failure(`${what} was stopped`, exitCodeOf(null, stoppedBy));
    if (code !== 0) {
      process.stderr.write(output);
      throw failure(`${what} failed (exit code ${code}); its output is above`, 1);
    }
  } finally {
    clearInterval(progress);
  }
  say(`${what}: done in ${seconds()} s`);
  return output.toString();
}

/** Runs a program in a process group of its own, so that a stop reaches all that it started. */
function runGroup(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const output = [];
    let stoppedBy;
    let impatience;
    const stop = (signal) => {
      stoppedBy = signal;
      signalGroup(child, 'SIGTERM');
      impatience ??= setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS);
    };
    const over = () => {
      clearTimeout(impatience);
      STOP_SIGNALS.forEach((signal) => process.off(signal, stop));
    };
    // Before the program begins: a signal that comes with its first step has to reach it, too.
    STOP_SIGNALS.forEach((signal) => process.on(signal, stop));
    const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => output.push(data));
    child.stderr.on('data', (data) => output.push(data));
    child.once('error', (error) => {
      over();
      reject(failure(`${program} could not be started: ${error.message}`, 1));
    });
    child.once('close', (code, signal) => {
      over();
      resolve({ code: exitCodeOf(code, signal), output: Buffer.concat(output), stoppedBy });
    });
  });
}

function signalGroup({ pid }, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nobody of it is left.
  }
}

function failure(message, exitCode) {
  return Object.assign(new Error(message), { exitCode });
}
