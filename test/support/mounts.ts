/** Mounts that only the process under test sees, where this machine lets us make them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const HOW = 'unshare --mount needs root on Linux; run the tests in a container as root';

/** Why no mounts can be made here, said once; undefined where they can. */
export function noMounts(): string | undefined {
  if (mounts('mount -t tmpfs tmpfs /mnt')) return undefined;
  process.stderr.write(`Skipped, faults that need mounts: ${HOW}\n`);
  return HOW;
}

/** Why no file system of a disk can be mounted here, said once; undefined where one can. */
export function noDisks(): string | undefined {
  const image = path.join(tmpdir(), `nexus-disk-${process.pid}.img`);
  const works = mounts(mountDisk('/mnt', image));
  rmSync(image, { force: true });
  if (works) return undefined;
  const why = `it takes root, loop devices and mkfs.ext4; ${HOW}`;
  process.stderr.write(`Skipped, faults that need a disk: ${why}\n`);
  return why;
}

/** Whether that can be mounted, where nobody sees it. */
function mounts(commands: string): boolean {
  return spawnSync('unshare', ['--mount', 'sh', '-ec', commands]).status === 0;
}

/** A folder of so many megabytes in memory. */
export function smallFolder(folder: string, megabytes: number): string {
  return `mkdir -p '${folder}'; mount -t tmpfs -o size=${megabytes}m,mode=0700 tmpfs '${folder}'`;
}

/** The folder as it is, read-only. */
export function readOnlyFolder(folder: string): string {
  return `mount --bind '${folder}' '${folder}'; mount -o remount,bind,ro '${folder}'`;
}

/** A folder on a disk of its own; whatever was broken of its file system is mended. */
export function diskFolder(folder: string): string {
  return `mkdir -p '${folder}'; ${mountDisk(folder, `${folder}.img`)}; chmod 0700 '${folder}'`;
}

/** Has the file system of a disk give up, as after a failed write to it: it is read-only from then on. */
export function breakDisk(pid: number, folder: string): void {
  within(pid, `mount -o remount,abort '${folder}'`);
}

/** A folder that is elsewhere, at `<folder>.elsewhere`. */
export function boundFolder(folder: string): string {
  return `mkdir -p '${folder}' '${folder}.elsewhere'; ${bind(folder)}`;
}

/** Takes a bound folder from below a running process, whatever it has open; gives what puts it back. */
export function unmountBelow(pid: number, folder: string): () => void {
  within(pid, `umount --lazy '${folder}'`);
  return () => within(pid, bind(folder));
}

/** A path as a process sees it. */
export function seenBy(pid: number, file: string): string {
  return `/proc/${pid}/root${file}`;
}

function bind(folder: string): string {
  return `mount --bind '${folder}.elsewhere' '${folder}'`;
}

/** Makes the disk when there is none. Its check gives 1 when it has mended something. */
function mountDisk(folder: string, image: string): string {
  return `if [ -e '${image}' ]; then e2fsck -fy '${image}' >/dev/null 2>&1 || [ $? -eq 1 ]
    else truncate -s 32M '${image}'; mkfs.ext4 -q '${image}'; fi
    mount -o loop '${image}' '${folder}'`;
}

/** Runs a command where a process has its mounts. */
function within(pid: number, command: string): void {
  execFileSync('nsenter', ['--target', `${pid}`, '--mount', 'sh', '-ec', command], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
