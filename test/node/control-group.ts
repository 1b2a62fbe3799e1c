/** What a pod uses, by the kernel's own account of its control group: the older kind or the newer. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const MIB = 2 ** 20;

/** What a pod has used until now. */
export interface Usage {
  /** Memory in MiB that cannot be had back by writing files out; what a kubelet judges by. */
  memoryMib: number;
  /** Processor time since it began, in seconds. */
  cpuSeconds: number;
}

/**
 * @param uid of a pod
 * @throws Error when no group of it is found
 */
export function usageOf(uid: string): Usage {
  const memory = groupOf('memory', uid);
  const cpu = groupOf('cpuacct', uid);
  const [used, reclaimable] = isNew(memory)
    ? [number(memory, 'memory.current'), field(memory, 'memory.stat', 'inactive_file')]
    : [
        number(memory, 'memory.usage_in_bytes'),
        field(memory, 'memory.stat', 'total_inactive_file'),
      ];
  const cpuSeconds = isNew(cpu)
    ? field(cpu, 'cpu.stat', 'usage_usec') / 1e6
    : number(cpu, 'cpuacct.usage') / 1e9;
  return { memoryMib: (used - reclaimable) / MIB, cpuSeconds };
}

function groupOf(controller: string, uid: string): string {
  // Of the older kind there is a tree for each controller.
  const tops = [`/sys/fs/cgroup/${controller}/kubepods`, '/sys/fs/cgroup/kubepods'];
  const [found] = globSync(tops.flatMap((top) => [`${top}/pod${uid}`, `${top}/*/pod${uid}`]));
  if (found === undefined) throw new Error(`There is no control group of the pod ${uid}`);
  return found;
}

function isNew(folder: string): boolean {
  return globSync('cgroup.controllers', { cwd: folder }).length > 0;
}

function number(folder: string, file: string): number {
  return Number(readFileSync(path.join(folder, file), 'utf8'));
}

function field(folder: string, file: string, name: string): number {
  const text = readFileSync(path.join(folder, file), 'utf8');
  const [, value] = new RegExp(`^${name} (\\d+)$`, 'm').exec(text) ?? [];
  if (value === undefined) throw new Error(`${file} has no ${name}`);
  return Number(value);
}
