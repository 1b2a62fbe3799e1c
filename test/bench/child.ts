/** Programs of the bench that run as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Load, LoadResult } from './load.types.js';

const FLAGS = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
const HOOKS = path.resolve('test/support/typescript-hooks.mjs');
/** Of `/proc`, per second; fixed by the kernel's interface. */
const TICKS_PER_SECOND = 100;

/** What it takes to run a source of the bench. */
export function program(name: string): string[] {
  return [...FLAGS, '--import', HOOKS, path.resolve('test/bench', name)];
}

/**
 * Makes load from a process of its own.
 *
 * @throws Error when it ends without a result
 */
export async function makeLoad(load: Load): Promise<LoadResult> {
  const child = spawn(process.execPath, program('load.ts'), { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(load));
  const [answer, code] = await Promise.all([text(child.stdout), exitOf(child)]);
  if (code !== 0) throw new Error(`The load generator exited with ${code}`);
  return JSON.parse(answer) as LoadResult;
}

/** Settles with the exit code; null after a signal. */
export function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Stops a child that may have ended already. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = exitOf(child);
  child.kill('SIGTERM');
  await ended;
}

/** Resident memory in MB (10⁶ bytes). */
export function residentMb(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kib) * 1024) / 1e6;
}

/** Seconds of processor time that a process has used, its children not counted. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // After the name, which may hold anything: state is field 3, utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
