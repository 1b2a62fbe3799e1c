/** What a process holds, as the kernel tells. */
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** What `npm start` gives the server for its memory's sake. */
export const AS_IT_IS_STARTED = {
  NODE_OPTIONS: '--max-semi-space-size=8',
  MALLOC_ARENA_MAX: '2',
} as const;

/** Resident memory in MB; none of a process that is gone. */
export function residentMb(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  const status = readFileSync(file, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** How many sockets it has open. */
export function socketsOf(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => {
    try {
      return readlinkSync(`${folder}/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}

/** Looks at a process' memory until it is told to stop, and tells the most that there was, in MB. */
export function watchMemory(pid: number): () => number {
  let mostMb = residentMb(pid);
  const timer = setInterval(() => (mostMb = Math.max(mostMb, residentMb(pid))), 50);
  return () => {
    clearInterval(timer);
    return mostMb;
  };
}
