import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock/clock.js';
import { type ChildRecord, dropRecord, readRecord, writeRecord } from './child-record.js';
import {
  findByEnvironment,
  identify,
  isAlive,
  type ProcessIdentity,
  signalGroup,
} from './process-identity.js';

// Children outlive the process that started them: each leads a group of its own, writes to a file
// and is described in its folder, so that the next supervisor takes it over. They end because we
// stop them, never because we ended.

/** The variable that marks our children with their folder, also before they are recorded. */
const HOME_VARIABLE = 'NEXUS_CHILD_HOME';
const LOG_FILE = 'node.log';
const WATCH_EVERY_MS = 1_000;
const STOP_POLL_MS = 25;

export interface ChildPlan {
  /** Its folder, which exists. */
  folder: string;
  /** Program and arguments; no shell reads them. */
  command: readonly [string, ...string[]];
  /** All that it gets of an environment. */
  environment: Readonly<Record<string, string>>;
  port: number;
  settings: string;
}

/** A child that was alive when it was last looked at. */
export interface Child extends Readonly<ChildRecord> {
  readonly folder: string;
}

/** Calls back when a child has ended by itself or by another's hand. */
export type ExitListener = (child: Child, how: string) => void;

/** Starts, takes over, watches and stops children. */
export class ChildSupervisor {
  private readonly children = new Map<string, Child>();

  constructor(
    private readonly clock: Clock,
    private readonly onExit: ExitListener,
    private readonly graceMs: number,
  ) {}

  /** The file that a child of this folder writes to. */
  static logFile(folder: string): string {
    return path.join(folder, LOG_FILE);
  }

  /** The child of a folder, if it is alive. */
  find(folder: string): Child | undefined {
    const child = this.children.get(folder);
    return child !== undefined && isAlive(child) ? child : undefined;
  }

  /** @throws Error when the program cannot be started */
  async start({ folder, command, environment, port, settings }: ChildPlan): Promise<Child> {
    const [program, ...args] = command;
    const log = openSync(ChildSupervisor.logFile(folder), 'a', 0o600);
    const process_ = spawn(program, args, {
      cwd: folder,
      env: { ...environment, [HOME_VARIABLE]: folder },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    const pid = await new Promise<number>((resolve, reject) => {
      process_.once('error', reject);
      process_.once('spawn', () => resolve(process_.pid ?? 0));
    });
    process_.unref();
    const startTime = identify(pid)?.startTime ?? '';
    const startedAt = this.clock.nowIso();
    const child: Child = { folder, pid, startTime, port, settings, startedAt };
    process_.once('exit', (code, signal) => this.ended(child, describeExit(code, signal)));
    writeRecord(folder, { pid, startTime, port, settings, startedAt });
    this.children.set(folder, child);
    if (process_.exitCode !== null) this.ended(child, describeExit(process_.exitCode, null));
    return child;
  }

  /** Takes over the child that a former supervisor left in a folder. */
  adopt(folder: string): Child | undefined {
    const record = readRecord(folder);
    if (record === undefined || !isAlive(record)) {
      dropRecord(folder);
      return undefined;
    }
    const child = { folder, ...record };
    this.children.set(folder, child);
    this.watch(child);
    return child;
  }

  /** Stops what was started below a folder but is in no record: its supervisor died in between. */
  async stopStrays(below: string): Promise<number> {
    const known = new Set([...this.children.values()].map(({ pid }) => pid));
    const inside = (home: string): boolean => home.startsWith(`${below}${path.sep}`);
    const strays = findByEnvironment(HOME_VARIABLE, inside).filter(({ pid }) => !known.has(pid));
    // Members of a known group carry the mark as well; only leaders can be signalled here.
    const leaders = strays.filter(({ pid }) => leadsGroup(pid));
    await Promise.all(leaders.map((stray) => this.terminate(stray)));
    return leaders.length;
  }

  /** Ends the child of a folder: TERM to its group, KILL after the grace. */
  async stop(folder: string): Promise<void> {
    const child = this.children.get(folder);
    this.children.delete(folder);
    if (child !== undefined) await this.terminate(child);
    dropRecord(folder);
  }

  /** Ends every child, all at the same time. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.children.keys()].map((folder) => this.stop(folder)));
  }

  private async terminate(target: ProcessIdentity): Promise<void> {
    signalGroup(target, 'SIGTERM');
    const killAt = this.clock.monotonicMs() + this.graceMs;
    while (isAlive(target)) {
      if (this.clock.monotonicMs() >= killAt) signalGroup(target, 'SIGKILL');
      await this.clock.sleep(STOP_POLL_MS);
    }
    // The leader is gone; whoever is left of its group is not waited for.
    killLeftovers(target.pid);
  }

  /** A child of somebody else's tells nobody when it ends, so it is looked at. */
  private watch(child: Child): void {
    this.clock.after(WATCH_EVERY_MS, () => {
      if (this.children.get(child.folder) !== child) return;
      if (isAlive(child)) this.watch(child);
      else this.ended(child, 'ended');
    });
  }

  private ended(child: Child, how: string): void {
    if (this.children.get(child.folder) !== child) return;
    this.children.delete(child.folder);
    killLeftovers(child.pid);
    dropRecord(child.folder);
    this.onExit(child, how);
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `exited with ${code}` : `was ended by ${signal}`;
}

/** Whether any process is in the group that this one leads. */
function leadsGroup(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends what a leader left behind. A group lives on under its leader's pid, and that pid is not
 * given to anybody while it does, so this cannot reach strangers.
 */
function killLeftovers(group: number): void {
  if (identify(group) !== undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
