/**
 * Runs programs for another process, which forks this one and sends it what to do; `supervised.ts`
 * is the other side. When that process ends, however it ends, all of them are stopped, the highest
 * rank first, and the folder is removed: nothing of a run outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Answer, Notice, Program, Question } from './supervised.types.js';

interface Running {
  child: ChildProcess;
  rank: number;
  gone: Promise<void>;
}

const [folder = ''] = process.argv.slice(2);
const running = new Map<string, Running>();
/** Told to stop from now on: nothing is started any more. */
let ending = false;

function tell(message: Answer | Notice): void {
  if (process.connected) process.send?.(message);
}

async function start({ name, command, env, cwd, log, rank }: Program): Promise<number> {
  if (ending || running.has(name)) throw new Error(`${name} cannot be started now`);
  const output = openSync(log, 'a');
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', output, output] });
  closeSync(output);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(name);
      tell({ exited: name, code, signal });
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  running.set(name, { child, rank, gone });
  return child.pid ?? 0;
}

async function stop(name: string, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const one = running.get(name);
  if (one === undefined) return;
  one.child.kill(signal);
  // One that was stopped in its tracks would not hear of it.
  one.child.kill('SIGCONT');
  const impatience = setTimeout(() => one.child.kill('SIGKILL'), graceMs);
  await one.gone;
  clearTimeout(impatience);
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  const ranks = new Set([...running.values()].map(({ rank }) => rank));
  for (const current of [...ranks].toSorted((a, b) => b - a)) {
    const names = [...running].filter(([, { rank }]) => rank === current).map(([name]) => name);
    await Promise.all(names.map((name) => stop(name, 'SIGTERM', 10_000)));
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}

async function answer({ id, start: program, stop: stopping }: Question): Promise<void> {
  try {
    const pid = program === undefined ? undefined : await start(program);
    if (stopping !== undefined) await stop(stopping.name, stopping.signal, stopping.graceMs);
    tell({ id, ...(pid !== undefined && { pid }) });
  } catch (error) {
    tell({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

process.on('message', (question: Question) => void answer(question));
process.on('disconnect', () => void end());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
