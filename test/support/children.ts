import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import {
  type ChildPlan,
  ChildSupervisor,
  type ExitNotice,
  type SupervisorOptions,
} from '../../src/platform/process/child-supervisor.js';
import type { ProcessIdentity } from '../../src/platform/process/process-source.js';
import { readStartTime } from '../../src/platform/process/process-identity.js';

// Real children of real supervisors, and a folder for them that is cleared away afterwards.

export const PATIENCE = { timeout: 20_000, interval: 20 };

/** Says `ready` and its process id, and runs until it is asked to end. */
export const POLITE = `process.on('SIGTERM', () => process.exit(3));
console.log('ready', process.pid); setInterval(() => undefined, 1000);`;

/** Like that, and does not end when it is asked to. */
export const DEAF = `process.on('SIGTERM', () => console.log('no'));
console.log('ready', process.pid); setInterval(() => undefined, 1000);`;

/** Starts a deaf process of its own, and leaves it behind when it is asked to end. */
export const PARENT = `const { spawn } = require('node:child_process');
const env = process.argv[1] === 'bare' ? {} : process.env;
spawn(process.execPath, ['-e', ${JSON.stringify(DEAF)}],
  { env, stdio: 'inherit', detached: process.argv[1] === 'apart' });
setInterval(() => undefined, 1000);`;

/** Children below a folder of their own, for one test. */
export class ChildrenUnderTest {
  readonly root = mkdtempSync(path.join(tmpdir(), 'nexus-children-'));
  /** What all supervisors of the test told. */
  readonly notices: ExitNotice[] = [];
  private readonly supervisors: ChildSupervisor[] = [];
  private readonly strangers: ChildProcess[] = [];

  supervise(options: SupervisorOptions = {}): ChildSupervisor {
    const tell = (notice: ExitNotice): void => void this.notices.push(notice);
    const supervisor = new ChildSupervisor(new SystemClock(), tell, { watchMs: 30, ...options });
    this.supervisors.push(supervisor);
    return supervisor;
  }

  folderOf(name: string): string {
    const folder = path.join(this.root, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** How to run a script as the child of a folder. */
  planOf(script: string, name = 'one', ...args: string[]): ChildPlan {
    const command = [process.execPath, '-e', script, ...args];
    return { folder: this.folderOf(name), command, environment: {}, port: 24_000 };
  }

  /** A process that is no child of any supervisor. */
  startStranger(script: string): ProcessIdentity {
    const args = ['-e', script];
    const stranger = spawn(process.execPath, args, { detached: true, stdio: 'ignore' });
    this.strangers.push(stranger);
    const { pid = 0 } = stranger;
    return { pid, startTime: readStartTime(pid) ?? '' };
  }

  logOf(folder: string): string {
    return readFileSync(ChildSupervisor.logFile(folder), 'utf8');
  }

  /** Waits for the process that says `ready` in a folder's log. */
  async readyIn(folder: string): Promise<ProcessIdentity> {
    const pid = await vi.waitFor(() => {
      const match = /ready (\d+)/.exec(this.logOf(folder));
      if (!match) throw new Error(`${folder} is not ready.`);
      return Number(match[1]);
    }, PATIENCE);
    return { pid, startTime: readStartTime(pid) ?? '' };
  }

  async clearAway(): Promise<void> {
    for (const supervisor of this.supervisors) supervisor.release();
    for (const stranger of this.strangers) stranger.kill('SIGKILL');
    await this.supervise({ graceMs: 0 }).stopStrays(this.root);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
