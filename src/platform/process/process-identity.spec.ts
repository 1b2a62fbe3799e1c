import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProcFileSystem } from './proc-file-system.js';
import {
  isAlive,
  processSource,
  readStartTime,
  signalGroupOf,
  signalProcess,
} from './process-identity.js';
import { PsCommand } from './ps-command.js';

const PATIENCE = { timeout: 20_000, interval: 20 };
const started: ChildProcess[] = [];

function start(script: string, environment: Record<string, string> = {}): ChildProcess {
  const env = { PATH: '/bin:/usr/bin', ...environment };
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: 'ignore', env });
  started.push(child);
  return child;
}

function identityOf({ pid = 0 }: ChildProcess): { pid: number; startTime: string } {
  return { pid, startTime: readStartTime(pid) ?? '' };
}

afterEach(() => {
  for (const { pid, exitCode, signalCode } of started.splice(0)) {
    if (pid && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }
});

const hasProc = existsSync('/proc/self/stat');
const sources = hasProc ? [new ProcFileSystem(), new PsCommand()] : [new PsCommand()];

describe.each(sources.map((source) => ({ name: source.constructor.name, source })))(
  'processes by $name',
  ({ source }) => {
    it('are told with parent, group and a start time that does not change', () => {
      const { pid = 0 } = start('exec sleep 60');

      const entry = source.read(pid);

      expect(entry).toMatchObject({ pid, parentId: process.pid, groupId: pid });
      expect(entry?.startTime).toMatch(/\S/);
      expect(source.read(pid)?.startTime).toBe(entry?.startTime);
      expect(source.list().find((one) => one.pid === pid)?.startTime).toBe(entry?.startTime);
    });

    it('are told with a variable of their environment', async () => {
      const { pid = 0 } = start('exec sleep 60', { NEXUS_TEST_MARK: 'a@%2Fb' });

      await vi.waitFor(
        () => expect(source.variableOf(pid, 'NEXUS_TEST_MARK')).toBe('a@%2Fb'),
        PATIENCE,
      );
      expect(source.variableOf(pid, 'NEXUS_TEST')).toBeUndefined();
    });

    it('are not told when there are none', async () => {
      const child = start('exit 0');
      await new Promise((resolve) => child.once('exit', resolve));

      expect(source.read(child.pid ?? 0)).toBeUndefined();
      expect(source.variableOf(child.pid ?? 0, 'PATH')).toBeUndefined();
    });

    it('are dead when they are zombies', async () => {
      const { pid = 0 } = start('(exit 0) & exec sleep 60');
      const zombie = await vi.waitFor(() => {
        const found = source
          .list()
          .find(({ parentId, state }) => parentId === pid && state === 'Z');
        if (!found) throw new Error('No zombie yet.');
        return found;
      }, PATIENCE);

      expect(isAlive(zombie, source)).toBe(false);
    });
  },
);

describe('a process whose id was given to another', () => {
  it('is not alive and is not signalled', async () => {
    const child = start('exec sleep 60');
    const { pid, startTime } = identityOf(child);
    const former = { pid, startTime: `${startTime}0` };

    expect(isAlive(former)).toBe(false);
    expect(signalProcess(former, 'SIGKILL')).toBe(false);
    expect(signalGroupOf(former, pid, 'SIGKILL')).toBe(false);
    expect(isAlive({ pid, startTime })).toBe(true);
  });
});

describe('a signal', () => {
  it('reaches the very process', async () => {
    const child = start('exec sleep 60');
    const exited = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));

    expect(signalProcess(identityOf(child), 'SIGKILL')).toBe(true);
    expect(await exited).toBe('SIGKILL');
  });

  it('reaches a group only through a member of that group', async () => {
    const child = start('exec sleep 60');
    const identity = identityOf(child);

    expect(signalGroupOf(identity, identity.pid + 1, 'SIGKILL')).toBe(false);
    expect(isAlive(identity)).toBe(true);
    expect(signalGroupOf(identity, identity.pid, 'SIGKILL')).toBe(true);
    await vi.waitFor(() => expect(isAlive(identity)).toBe(false), PATIENCE);
  });
});

describe('the source of this system', () => {
  it('knows this process', () => {
    expect(processSource().read(process.pid)?.parentId).toBe(process.ppid);
  });
});
