import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type ProcessEntry, ProcessSource } from './process-source.js';

/** Field numbers of `/proc/<pid>/stat`, counted from 1 as in proc_pid_stat(5). */
const STATE = 3;
const PARENT = 4;
const GROUP = 5;
const START_TIME = 22;

/** Linux' `/proc`. Start times are clock ticks since the machine was started. */
export class ProcFileSystem extends ProcessSource {
  read(pid: number): ProcessEntry | undefined {
    const text = readIfThere(`/proc/${pid}/stat`);
    return text === undefined ? undefined : parseStat(pid, text);
  }

  list(): ProcessEntry[] {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => this.read(Number(entry)) ?? []);
  }

  variableOf(pid: number, name: string): string | undefined {
    const prefix = `${name}=`;
    const text = readIfThere(`/proc/${pid}/environ`);
    const pair = text?.split('\0').find((one) => one.startsWith(prefix));
    // From outside of a container one sees its processes, but paths mean other things in there.
    if (pair === undefined || namespaceOf(pid) !== namespaceOf('self')) return undefined;
    return pair.slice(prefix.length);
  }
}

/**
 * Reads the one line of `/proc/<pid>/stat`. The second field is the program's name in parentheses,
 * which may itself hold blanks and parentheses: what follows is counted from the last one.
 */
export function parseStat(pid: number, text: string): ProcessEntry | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): string | undefined => fields[number - STATE];
  const state = field(STATE);
  const startTime = field(START_TIME);
  if (!state || startTime === undefined) return undefined;
  const parentId = Number(field(PARENT));
  const groupId = Number(field(GROUP));
  return { pid, startTime, state, parentId, groupId };
}

function namespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
