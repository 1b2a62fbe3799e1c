import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

// A process is known by its pid and the time it started: pids are used again.

export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the operating system's own notation; only ever compared. */
  readonly startTime: string;
}

const HAS_PROC = existsSync('/proc/self/stat');
const START_TIME_FIELD = 22;
const FIELDS_BEFORE_STATE = 2;

/** The identity of a living process; undefined when there is none, or a zombie only. */
export function identify(pid: number): ProcessIdentity | undefined {
  return HAS_PROC ? identifyByProc(pid) : identifyByPs(pid);
}

/** Whether that very process is alive. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return identify(pid)?.startTime === startTime;
}

/**
 * Signals the process group that a process leads, if it is that very process.
 *
 * @returns whether it was there
 */
export function signalGroup(process_: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(process_)) return false;
  try {
    process.kill(-process_.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** The processes that were started with a variable of this value; none where /proc is missing. */
export function findByEnvironment(
  name: string,
  matches: (value: string) => boolean,
): ProcessIdentity[] {
  if (!HAS_PROC) return [];
  const prefix = `${name}=`;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const pair = environmentOf(entry).find((one) => one.startsWith(prefix));
      if (pair === undefined || !matches(pair.slice(prefix.length))) return [];
      return identify(Number(entry)) ?? [];
    });
}

function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may hold anything, so count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[START_TIME_FIELD - FIELDS_BEFORE_STATE - 1];
  return state === 'Z' || state === 'X' || startTime === undefined ? undefined : { pid, startTime };
}

function identifyByPs(pid: number): ProcessIdentity | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = '', ...startTime] = line.split(/\s+/);
    return line === '' || state.startsWith('Z')
      ? undefined
      : { pid, startTime: startTime.join(' ') };
  } catch {
    return undefined;
  }
}
