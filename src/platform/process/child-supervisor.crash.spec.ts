import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChildrenUnderTest, POLITE } from '../../../test/support/children.js';
import { readRecord } from './child-record.js';
import { type ChildPlan, ChildSupervisor } from './child-supervisor.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let children: ChildrenUnderTest;

beforeEach(() => {
  children = new ChildrenUnderTest();
});

afterEach(() => children.clearAway());

const CRASHER = fileURLToPath(
  new URL('../../../test/support/crashing-supervisor.ts', import.meta.url),
);
const HOOKS = new URL('../../../test/support/typescript-hooks.mjs', import.meta.url).href;

/** Starts a child from a process that is killed right after its n-th step. */
async function crashAfter(step: number, { folder, command }: ChildPlan): Promise<string | null> {
  const flags = ['--experimental-transform-types', '--no-warnings', '--import', HOOKS];
  const args = [...flags, CRASHER, folder, String(step), ...command];
  const crasher = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve) => crasher.once('exit', (_, signal) => resolve(signal)));
}

describe('after a SIGKILL of its parent', () => {
  it.each([
    { step: 1, when: 'before the record was in its place', started: false },
    { step: 2, when: 'before the child was started', started: false },
    { step: 3, when: 'before it was known which process the child is', started: true },
    { step: 4, when: 'before the record with the process was in its place', started: true },
    { step: 5, when: 'before the start was reported', started: true },
    { step: 6, when: 'while the child runs', started: true },
  ])('$when, the child is found: $started', async ({ step, started }) => {
    const plan = children.planOf(POLITE);
    expect(await crashAfter(step, plan)).toBe('SIGKILL');
    expect(existsSync(ChildSupervisor.logFile(plan.folder))).toBe(started);

    const supervisor = children.supervise();
    const child = await supervisor.adopt(plan.folder);

    expect(child !== undefined).toBe(started);
    expect(supervisor.findStrays(children.root)).toEqual([]);
    if (!child) return;
    expect(child.process).toEqual(await children.readyIn(plan.folder));
    expect(readRecord(plan.folder)?.process).toEqual(child.process);
    await supervisor.stop(plan.folder);
    expect(child.isAlive()).toBe(false);
  });
});
