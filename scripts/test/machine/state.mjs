// What a kubelet changes of the machine that it runs on, beyond what ends with its namespaces: some
// kernel settings, the control groups of its pods, a folder of its own.

import { existsSync, globSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SETTINGS = [
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'kernel/panic',
  'kernel/panic_on_oops',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
];
const GROUPS = ['/sys/fs/cgroup/kubepods', '/sys/fs/cgroup/*/kubepods'];
const GONE_WITHIN_MS = 10_000;

/** The state before a machine is begun, as plain data; `folder` holds everything that it writes. */
export function recordState(folder) {
  return {
    folder,
    settings: Object.fromEntries(SETTINGS.map((name) => [name, read(name)])),
    hadNetworkFolder: existsSync('/var/lib/cni'),
  };
}

/**
 * Puts the machine back, and looks whether that did it.
 *
 * @returns what is still not as it was, in words; nothing when all is well
 */
export async function putBack({ folder, settings, hadNetworkFolder }) {
  for (const [name, value] of Object.entries(settings)) {
    if (read(name) !== value) writeFileSync(place(name), value);
  }
  await removeGroups();
  await within(() => programsBelow(folder).length === 0);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (!hadNetworkFolder) removeEmpty('/var/lib/cni');
  return leftovers({ folder, settings, hadNetworkFolder });
}

/** The control groups of a kubelet's pods: those of another one, when none of ours runs. */
export function groupsOfPods() {
  return GROUPS.flatMap((pattern) => globSync(pattern));
}

function leftovers({ folder, settings, hadNetworkFolder }) {
  return [
    ...groupsOfPods().map((group) => `the control group ${group} is there`),
    ...Object.entries(settings)
      .filter(([name, value]) => read(name) !== value)
      .map(([name, value]) => `${place(name)} is ${read(name)} and was ${value}`),
    ...[folder, ...(hadNetworkFolder ? [] : ['/var/lib/cni'])]
      .filter((one) => existsSync(one))
      .map((one) => `the folder ${one} is there`),
    ...globSync('/run/netns/cni-*').map((one) => `the network ${one} is there`),
    ...programsBelow(folder),
  ];
}

/** Processes that were started from a folder, or work in it. */
function programsBelow(folder) {
  const found = [];
  for (const file of globSync('/proc/[0-9]*/cmdline')) {
    const words = attempt(() => readFileSync(file, 'utf8'))?.replaceAll('\0', ' ') ?? '';
    if (words.includes(folder)) found.push(`process ${file.split('/')[2]} runs: ${words}`);
  }
  return found;
}

/** The inner ones first; the last processes in them may still be ending. */
function removeGroups() {
  return within(() => {
    for (const top of groupsOfPods()) {
      const below = globSync('**/', { cwd: top }).map((name) => path.join(top, name));
      const deepestFirst = below.toSorted((a, b) => b.length - a.length);
      for (const group of [...deepestFirst, top]) removeEmpty(group);
    }
    return groupsOfPods().length === 0;
  });
}

/** Tries until it is done, or for so long that it will not be. */
async function within(isDone) {
  const deadline = Date.now() + GONE_WITHIN_MS;
  while (!isDone() && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function removeEmpty(folder) {
  attempt(() => rmdirSync(folder));
}

function read(name) {
  return attempt(() => readFileSync(place(name), 'utf8').trim()) ?? '';
}

function place(name) {
  return path.join('/proc/sys', name);
}

function attempt(action) {
  try {
    return action();
  } catch {
    // It is not there, or not yet empty.
    return undefined;
  }
}
