/** Mounts that only the process under test sees, where this machine lets us make them. */
import { spawnSync } from 'node:child_process';

const HOW = 'unshare --mount needs root on Linux; run the tests in a container as root';

/** Why no mounts can be made here, said once; undefined where they can. */
export function noMounts(): string | undefined {
  const { status } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  if (status === 0) return undefined;
  process.stderr.write(`Skipped, faults that need mounts: ${HOW}\n`);
  return HOW;
}

/** A folder of so many megabytes in memory. */
export function smallFolder(folder: string, megabytes: number): string {
  return `mkdir -p '${folder}'; mount -t tmpfs -o size=${megabytes}m,mode=0700 tmpfs '${folder}'`;
}

/** The folder as it is, read-only. */
export function readOnlyFolder(folder: string): string {
  return `mount --bind '${folder}' '${folder}'; mount -o remount,bind,ro '${folder}'`;
}

/** A path as a process sees it. */
export function seenBy(pid: number, path: string): string {
  return `/proc/${pid}/root${path}`;
}
