/** Whose processor time it is: all that runs in the network of the bench. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cpuSeconds } from '../child.js';

/** Who is told apart, by what its command line holds; the first that fits. */
const WHO: readonly (readonly [string, RegExp])[] = [
  ['server', /dist\/main\.js/],
  ['API server', /kube-apiserver/],
  ['etcd', /\betcd\b/],
  ['controller-manager', /kube-controller-manager/],
  ['nodes', /cluster\/kubelet\.ts/],
  ['database', /^postgres/],
  ['load', /./],
];

/** Seconds so far, by who used them. */
export type Spent = ReadonlyMap<string, number>;

/** What those that run now have used so far. */
export function spent(): Spent {
  const mine = readlinkSync('/proc/self/ns/net');
  const seconds = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== mine) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const [who] = WHO.find(([, pattern]) => pattern.test(command)) ?? [];
      if (who !== undefined) seconds.set(who, (seconds.get(who) ?? 0) + cpuSeconds(Number(pid)));
    } catch {
      // It has ended meanwhile, and what it used with it.
    }
  }
  return seconds;
}

/** Milliseconds since then for each of so many, by who used them, the most first. */
export function spentEach(before: Spent, amount: number): [string, number][] {
  const each = [...spent()].map(([who, seconds]): [string, number] => [
    who,
    ((seconds - (before.get(who) ?? 0)) * 1000) / amount,
  ]);
  return each.toSorted(([, a], [, b]) => b - a);
}
