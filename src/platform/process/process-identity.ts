import { existsSync } from 'node:fs';
import { ProcFileSystem } from './proc-file-system.js';
import type { ProcessIdentity, ProcessSource } from './process-source.js';
import { PsCommand } from './ps-command.js';

/** What this system offers to look at processes. */
export function processSource(): ProcessSource {
  return existsSync('/proc/self/stat') ? new ProcFileSystem() : new PsCommand();
}

/** When the process with this id started, be it a zombie; undefined when there is none. */
export function readStartTime(pid: number, source = processSource()): string | undefined {
  return source.read(pid)?.startTime;
}

/** Whether that very process is there and not dead. A zombie is dead. */
export function isAlive({ pid, startTime }: ProcessIdentity, source = processSource()): boolean {
  const entry = source.read(pid);
  return entry !== undefined && entry.startTime === startTime && !isDead(entry.state);
}

/** Whether a process in this state will never run again. */
export function isDead(state: string): boolean {
  return state === 'Z' || state === 'X' || state === 'x';
}

/** Signals that very process; false when it is not there any more. */
export function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  source = processSource(),
): boolean {
  return isAlive(identity, source) && kill(identity.pid, signal);
}

/** Signals the group that that very process is in, if it is the group `groupId`. */
export function signalGroupOf(
  member: ProcessIdentity,
  groupId: number,
  signal: NodeJS.Signals,
  source = processSource(),
): boolean {
  const entry = source.read(member.pid);
  const isThere = entry?.startTime === member.startTime && !isDead(entry.state);
  // A group's id is given to nobody else while the group has members.
  return isThere && entry.groupId === groupId && kill(-groupId, signal);
}

function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
