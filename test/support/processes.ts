import { readdirSync, readFileSync } from 'node:fs';
import { isDead, processSource } from '../../src/platform/process/process-identity.js';

// What runs on this machine. A zombie does not: whose parent was killed is waited for by whoever
// inherits it, sooner or later.

/** Whether a process with this id is there and not dead. */
export function runs(pid: number): boolean {
  const entry = processSource().read(pid);
  return entry !== undefined && !isDead(entry.state);
}

/** The ids of the processes that have a folder in their environment. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      return readFileSync(`/proc/${entry}/environ`, 'latin1').includes(folder);
    } catch {
      return false;
    }
  });
}
