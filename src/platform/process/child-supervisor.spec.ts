import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ChildrenUnderTest,
  DEAF,
  PARENT,
  PATIENCE,
  POLITE,
} from '../../../test/support/children.js';
import { readRecord, writeRecord } from './child-record.js';
import { ChildSupervisor } from './child-supervisor.js';
import { isAlive } from './process-identity.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let children: ChildrenUnderTest;

beforeEach(() => {
  children = new ChildrenUnderTest();
});

afterEach(() => children.clearAway());

describe('a child that is started', () => {
  it('leads a group, is recorded and gets nothing but its environment', async () => {
    const supervisor = children.supervise();
    const script = `console.log(JSON.stringify(process.env)); ${POLITE}`;
    const plan = { ...children.planOf(script), environment: { A: 'one two' }, settings: 'abc' };

    const child = await supervisor.start(plan);
    const { pid } = await children.readyIn(plan.folder);

    expect(child.process.pid).toBe(pid);
    expect(readRecord(plan.folder)).toMatchObject({
      process: child.process,
      port: 24_000,
      command: plan.command,
      settings: 'abc',
    });
    const environment = JSON.parse(children.logOf(plan.folder).split('\n')[0] ?? '') as object;
    expect(
      Object.keys(environment)
        .filter((name) => !name.startsWith('__CF'))
        .sort(),
    ).toEqual(['A', 'NEXUS_CHILD_ID']);
    expect(() => process.kill(-pid, 0)).not.toThrow();
    expect(supervisor.find(plan.folder)).toBe(child);
    expect(supervisor.list()).toEqual([child]);
  });

  it('appends to a log that only its user reads', async () => {
    const supervisor = children.supervise();
    const plan = children.planOf(`console.log('out'); console.error('err');`);
    for (let i = 0; i < 2; i++) {
      await supervisor.start(plan);
      await vi.waitFor(() => expect(children.notices).toHaveLength(i + 1), PATIENCE);
    }

    expect(children.logOf(plan.folder)).toBe('out\nerr\nout\nerr\n');
    expect(statSync(ChildSupervisor.logFile(plan.folder)).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(plan.folder, 'child.json'), { throwIfNoEntry: false })).toBe(
      undefined,
    );
  });

  it('is refused while there is one, also one that nobody has taken over yet', async () => {
    const plan = children.planOf(POLITE);
    const first = children.supervise();
    const starts = await Promise.allSettled([first.start(plan), first.start(plan)]);
    expect(starts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(starts[1]).toMatchObject({ reason: { code: 'child_running' } });

    await expect(children.supervise().start(plan)).rejects.toMatchObject({ code: 'child_running' });
  });

  it.each([
    { what: 'its program is not there', change: { command: ['/nowhere/at-all'] } },
    { what: 'its folder to run in is not there', change: { cwd: '/nowhere/at-all' } },
    { what: 'it has no program', change: { command: [] } },
  ])('fails when $what, and leaves nothing', async ({ change }) => {
    const supervisor = children.supervise();
    const plan = { ...children.planOf(POLITE), ...change };

    await expect(supervisor.start(plan)).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'child_start_failed',
    });
    expect(readRecord(plan.folder)).toBeUndefined();
    expect(supervisor.list()).toEqual([]);
    expect(children.notices).toEqual([]);
  });

  it('has its log emptied when it has grown large', async () => {
    const script = `setInterval(() => console.log('x'.repeat(99)), 1);`;
    const plan = children.planOf(script);
    await children.supervise({ logLimitBytes: 2000 }).start(plan);

    const copy = `${ChildSupervisor.logFile(plan.folder)}.1`;
    await vi.waitFor(() => expect(statSync(copy).size).toBe(2000), PATIENCE);
  });
});

describe('a child that ends', () => {
  it('leaves no large log, however soon it ended', async () => {
    const supervisor = children.supervise({ logLimitBytes: 2000, watchMs: 60_000 });
    const plan = children.planOf(`console.log('x'.repeat(99_999)); console.log('last words');`);
    await supervisor.start(plan);
    await vi.waitFor(() => expect(children.notices).toHaveLength(1), PATIENCE);

    const log = ChildSupervisor.logFile(plan.folder);
    expect(statSync(log).size).toBe(0);
    expect(statSync(`${log}.1`).size).toBe(2000);
    expect(readFileSync(`${log}.1`, 'utf8')).toMatch(/last words\n$/);
  });

  it('is told with its code, or with the signal that ended it', async () => {
    const supervisor = children.supervise();
    await supervisor.start(children.planOf('process.exit(7)', 'code'));
    await supervisor.start(children.planOf(`process.kill(process.pid, 'SIGKILL')`, 'signal'));
    await vi.waitFor(() => expect(children.notices).toHaveLength(2), PATIENCE);

    const told = children.notices.map(({ child, code, signal, requested }) => ({
      name: path.basename(child.folder),
      code,
      signal,
      requested,
    }));
    expect(told).toContainEqual({ name: 'code', code: 7, signal: null, requested: false });
    expect(told).toContainEqual({
      name: 'signal',
      code: null,
      signal: 'SIGKILL',
      requested: false,
    });
    expect(supervisor.list()).toEqual([]);
  });

  it('is told as well when it was taken over', async () => {
    const plan = children.planOf(POLITE);
    const first = children.supervise();
    const { process: identity } = await first.start(plan);
    first.release();
    await children.supervise().adopt(plan.folder);

    process.kill(identity.pid, 'SIGKILL');

    await vi.waitFor(() => expect(children.notices).toHaveLength(1), PATIENCE);
    expect(children.notices[0]).toMatchObject({ code: null, signal: null, requested: false });
    expect(readRecord(plan.folder)).toBeUndefined();
  });

  it('takes what it had started with it', async () => {
    const plan = children.planOf(PARENT);
    const supervisor = children.supervise({ graceMs: 50 });
    const { process: identity } = await supervisor.start(plan);
    const grandchild = await children.readyIn(plan.folder);
    expect(grandchild.pid).not.toBe(identity.pid);

    process.kill(identity.pid, 'SIGKILL');

    await vi.waitFor(() => expect(children.notices).toHaveLength(1), PATIENCE);
    expect(isAlive(grandchild)).toBe(false);
  });
});

describe('stop', () => {
  it('asks first, and tells that it was asked for', async () => {
    const supervisor = children.supervise({ graceMs: 20_000 });
    const plan = children.planOf(POLITE);
    const child = await supervisor.start(plan);
    await children.readyIn(plan.folder);

    await Promise.all([supervisor.stop(plan.folder), supervisor.stop(plan.folder)]);

    expect(child.isAlive()).toBe(false);
    expect(children.notices).toHaveLength(1);
    expect(children.notices[0]).toMatchObject({ code: 3, signal: null, requested: true });
    expect(readRecord(plan.folder)).toBeUndefined();
    await supervisor.stop(plan.folder);
  });

  it('kills what does not listen, after the grace', async () => {
    const supervisor = children.supervise({ graceMs: 200 });
    const plan = children.planOf(DEAF);
    await supervisor.start(plan);
    await children.readyIn(plan.folder);
    const beganMs = performance.now();

    await supervisor.stop(plan.folder);

    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(200);
    expect(children.logOf(plan.folder)).toContain('no');
    expect(children.notices[0]).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it.each([
    { kind: 'in its group', arg: 'with' },
    { kind: 'in its group without its mark', arg: 'bare' },
    { kind: 'in a group of their own', arg: 'apart' },
  ])('ends processes of the child $kind', async ({ arg }) => {
    const supervisor = children.supervise({ graceMs: 100 });
    const plan = children.planOf(PARENT, 'one', arg);
    await supervisor.start(plan);
    const grandchild = await children.readyIn(plan.folder);

    await supervisor.stop(plan.folder);

    expect(isAlive(grandchild)).toBe(false);
  });

  it('ends all at the same time', async () => {
    const supervisor = children.supervise({ graceMs: 1000 });
    const plans = Array.from({ length: 5 }, (_, i) => children.planOf(DEAF, `n${i}`));
    for (const plan of plans) await supervisor.start(plan);
    await Promise.all(plans.map(({ folder }) => children.readyIn(folder)));
    const beganMs = performance.now();

    await supervisor.stopAll();

    expect(children.notices).toHaveLength(5);
    expect(performance.now() - beganMs).toBeLessThan(4000);
  });

  it('ends a child of another, which is waited for until it is gone', async () => {
    const plan = children.planOf(DEAF);
    const first = children.supervise();
    const child = await first.start(plan);
    await children.readyIn(plan.folder);
    first.release();

    await children.supervise({ graceMs: 50 }).stop(plan.folder);

    expect(child.isAlive()).toBe(false);
    expect(children.notices).toHaveLength(1);
  });
});

describe('a supervisor that comes later', () => {
  it('takes a child over, and keeps it', async () => {
    const plan = { ...children.planOf(POLITE), settings: 'abc' };
    const first = children.supervise();
    const child = await first.start(plan);
    first.release();
    const second = children.supervise();

    const adopted = await second.adopt(plan.folder);

    expect(adopted?.process).toEqual(child.process);
    expect(adopted?.record).toMatchObject({ port: 24_000, settings: 'abc' });
    expect(await second.adopt(plan.folder)).toBe(adopted);
    expect(second.findStrays(children.root)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect([adopted?.isAlive(), children.notices.length]).toEqual([true, 0]);
  });

  it('does not touch a stranger that got the id of a former child', async () => {
    const folder = children.folderOf('one');
    const stranger = children.startStranger(POLITE);
    const former = { pid: stranger.pid, startTime: `${stranger.startTime}0` };
    const mark = 'former@gone';
    const startedAt = '2026-01-01T00:00:00.000Z';
    writeRecord(folder, {
      mark,
      process: former,
      port: 1,
      command: ['x'],
      settings: '',
      startedAt,
    });
    const supervisor = children.supervise({ graceMs: 0 });

    expect(await supervisor.adopt(folder)).toBeUndefined();
    await supervisor.stop(folder);
    await supervisor.stopStrays(children.root);

    expect(isAlive(stranger)).toBe(true);
  });

  it('ends what a child that is gone had left', async () => {
    const plan = children.planOf(PARENT);
    const first = children.supervise();
    const { process: identity } = await first.start(plan);
    const grandchild = await children.readyIn(plan.folder);
    first.release();
    process.kill(identity.pid, 'SIGKILL');
    await vi.waitFor(() => expect(isAlive(identity)).toBe(false), PATIENCE);

    expect(await children.supervise({ graceMs: 50 }).adopt(plan.folder)).toBeUndefined();

    expect(isAlive(grandchild)).toBe(false);
  });

  it('ends children whose folder lost its record, but none of another place', async () => {
    const first = children.supervise();
    const lost = await first.start(children.planOf(POLITE, 'below/lost'));
    const other = await first.start(children.planOf(POLITE, 'below-not/other'));
    first.release();
    rmSync(path.join(lost.folder, 'child.json'));

    const count = await children.supervise().stopStrays(path.join(children.root, 'below'));

    expect(count).toBe(1);
    expect([lost.isAlive(), other.isAlive()]).toEqual([false, true]);
  });

  it('makes nothing of a record that cannot be read', async () => {
    const folder = children.folderOf('one');
    for (const text of ['', '{', '{"pid":1}']) {
      writeFileSync(path.join(folder, 'child.json'), text);
      expect(await children.supervise().adopt(folder)).toBeUndefined();
    }
  });
});
