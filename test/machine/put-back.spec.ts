import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../support/until.js';

const SCRIPTS = path.resolve('scripts/test');
const OWN_MACHINE = path.join(SCRIPTS, 'own-machine.mjs');
/** As long as nobody waits; and so that its processes are told from all others. */
const FOREVER = `100000.${process.pid}`;
const SETTING = '/proc/sys/kernel/keys/root_maxbytes';
/** Put back after a process has ended that nobody waits for. */
const SOON_MS = 30_000;

/** What a kubelet and its pods do to a machine, ending as the last command does. */
function mess(last: string): string {
  return `
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then tops=/sys/fs/cgroup
    else tops='/sys/fs/cgroup/memory /sys/fs/cgroup/pids'; fi
    setsid sh -c 'trap "" TERM INT HUP; sleep ${FOREVER}' & pod=$!
    for top in $tops; do
      mkdir -p $top/kubepods/burstable/pod-${process.pid}
      echo $pod > $top/kubepods/burstable/pod-${process.pid}/cgroup.procs
    done
    echo 24999999 > ${SETTING}
    mkdir -p /var/lib/cni/results $TMPDIR/pods && echo x > $TMPDIR/pods/log
    ip netns add cni-test
    echo "begun in $TMPDIR"
    ${last}`;
}

/** What of that is there, seen from outside. */
function traces(folder: string): object {
  const processes = globSync('/proc/[0-9]*/cmdline').filter((file) => commandOf(file));
  const groups = globSync([
    `/sys/fs/cgroup/kubepods/burstable/pod-${process.pid}`,
    `/sys/fs/cgroup/*/kubepods/burstable/pod-${process.pid}`,
  ]);
  return {
    folder: existsSync(folder),
    groups,
    networks: networks(),
    processes,
    setting: setting(),
  };
}

function commandOf(file: string): boolean {
  try {
    return readFileSync(file, 'utf8').includes(`sleep\0${FOREVER}`);
  } catch {
    return false;
  }
}

function networks(): string[] {
  return globSync('/run/netns/cni-*');
}

function setting(): string {
  return readFileSync(SETTING, 'utf8').trim();
}

describe('a machine of its own', () => {
  let before: object;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    before = { folder: false, groups: [], networks: networks(), processes: [], setting: setting() };
  });
  afterEach(() => {
    child?.kill('SIGTERM');
  });

  /** Runs a command in a group of its own; where it works is known when it has made its mess. */
  async function begin(command: readonly string[]) {
    const [program = '', ...args] = command;
    child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    // It may have ended before anybody asks for that.
    const ended = once(child, 'exit').then(([code]) => code as number | null);
    let said = '';
    child.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    const begun = (): string | undefined => /begun in (\S+)/.exec(said)?.[1];
    const folder = (await until('it has begun', async () => begun(), 280_000)) ?? '';
    return { pid: child.pid ?? 0, folder, ended };
  }

  function machine(last: string): string[] {
    return [process.execPath, OWN_MACHINE, 'sh', '-c', mess(last)];
  }

  async function expectPutBack(folder: string): Promise<void> {
    await expect.poll(() => traces(folder), { timeout: SOON_MS, interval: 200 }).toEqual(before);
  }

  it('is as it was after a command that failed, whose end it tells', async () => {
    const { folder, ended } = await begin(machine('exit 3'));
    expect(await ended).toBe(3);
    expect(traces(folder)).toEqual(before);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is as it was after %s to all of it', async (signal) => {
    const { pid, folder, ended } = await begin(machine(`sleep ${FOREVER}`));
    expect(traces(folder)).not.toEqual(before);
    process.kill(-pid, signal);
    await ended;
    expect(traces(folder)).toEqual(before);
  });

  it.each([
    ['it is told to end alone', 'SIGTERM', (pid: number) => pid],
    ['it is killed', 'SIGKILL', (pid: number) => pid],
    ['all of it is killed', 'SIGKILL', (pid: number) => -pid],
  ] as const)('is soon as it was when %s', async (_what, signal, whom) => {
    const { pid, folder } = await begin(machine(`sleep ${FOREVER}`));
    process.kill(whom(pid), signal);
    await expectPutBack(folder);
  });

  it('is soon as it was when the tests that wanted it are killed', async () => {
    const inside = `require('node:child_process').execFileSync('sh', ['-c', ${JSON.stringify(mess(`sleep ${FOREVER}`))}], { stdio: 'inherit' })`;
    const tests = `import { runNode } from ${JSON.stringify(path.join(SCRIPTS, 'children.mjs'))};
      await runNode(['-e', ${JSON.stringify(inside)}], { ownMachine: true });`;
    const { pid, folder } = await begin([process.execPath, '--input-type=module', '-e', tests]);
    process.kill(pid, 'SIGKILL');
    await expectPutBack(folder);
  });
});
