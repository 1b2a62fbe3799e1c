import path from 'node:path';
import type { Clock, Timer } from '../clock/clock.js';
import { AppError } from '../errors/app-error.js';
import { isMarkBelow, newMark } from './child-mark.js';
import { type ChildRecord, dropRecord, readRecord, writeRecord } from './child-record.js';
import { keepAwake } from './keep-awake.js';
import { launch } from './launch.js';
import { LOG_LIMIT_BYTES, truncateLarge } from './log-file.js';
import {
  leaderAmong,
  listMarked,
  type MarkedProcess,
  ProcessFamily,
  ProcessScan,
} from './process-family.js';
import type { ProcessIdentity } from './process-source.js';
import { isAlive } from './process-identity.js';
import { type ExitStatus, SupervisedChild } from './supervised-child.js';

// Children outlive the process that started them: they end because a supervisor stops them, never
// because it ended. Each is known by its folder. Before a child is started its record is written,
// with a mark that the child carries in its environment, so that a supervisor that comes after a
// SIGKILL finds it by process id or else by mark.

export interface ChildPlan {
  /** Its folder, which exists: one child each. Holds the record and the log. */
  readonly folder: string;
  /** Where it runs; its folder when left out. */
  readonly cwd?: string;
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  /** All that the child gets of an environment, besides its mark. */
  readonly environment: Readonly<Record<string, string>>;
  /** The port that it listens on; only remembered here. */
  readonly port: number;
  /** Whatever tells later whether it runs with the settings that are wanted; only remembered. */
  readonly settings?: string;
}

/** A child has ended, and all that it had started with it. */
export interface ExitNotice extends ExitStatus {
  readonly child: SupervisedChild;
  /** Whether `stop` was what ended it. */
  readonly requested: boolean;
}

export interface SupervisorOptions {
  /** Milliseconds from TERM to KILL. */
  graceMs?: number;
  /** How often children that were taken over, and the sizes of logs, are looked at. */
  watchMs?: number;
  /** How large a child's log grows before it is copied to `.1` and emptied. */
  logLimitBytes?: number;
}

const LOG_FILE = 'child.log';
/** How long a child that was to be started may take to show up with its mark. */
const APPEARS_WITHIN_MS = 500;
const APPEARS_POLL_MS = 50;

/** Starts, takes over, watches and stops children. */
export class ChildSupervisor {
  private readonly children = new Map<string, SupervisedChild>();
  private readonly endings = new Map<SupervisedChild, Promise<void>>();
  private readonly starting = new Set<string>();
  /** Logs that are being emptied: once at a time, or the second copy would hold nothing. */
  private readonly emptying = new Map<string, Promise<unknown>>();
  private readonly graceMs: number;
  private readonly watchMs: number;
  private readonly logLimitBytes: number;
  private readonly scan: ProcessScan;
  private timer: Timer | undefined;

  /** @param onExit is called once for each child that has ended; must not throw */
  constructor(
    private readonly clock: Clock,
    private readonly onExit: (notice: ExitNotice) => void,
    options: SupervisorOptions = {},
  ) {
    this.scan = new ProcessScan(clock);
    this.graceMs = options.graceMs ?? 5_000;
    this.watchMs = options.watchMs ?? 1_000;
    this.logLimitBytes = options.logLimitBytes ?? LOG_LIMIT_BYTES;
  }

  /** The file that the child of a folder writes to. */
  static logFile(folder: string): string {
    return path.join(folder, LOG_FILE);
  }

  /** The child of a folder, if it is alive. */
  find(folder: string): SupervisedChild | undefined {
    const child = this.children.get(folder);
    return child?.isAlive() ? child : undefined;
  }

  /** The children that are alive. */
  list(): SupervisedChild[] {
    return [...this.children.values()].filter((child) => child.isAlive());
  }

  /**
   * Starts the child of a folder.
   *
   * @throws AppError conflict, when the folder's child is still there; unavailable, when the
   * program cannot be started
   */
  async start(plan: ChildPlan): Promise<SupervisedChild> {
    const { folder } = plan;
    if (this.children.has(folder) || this.starting.has(folder)) throw stillThere(folder);
    this.starting.add(folder);
    try {
      if (await this.adopt(folder)) throw stillThere(folder);
      return await this.launch(plan);
    } finally {
      this.starting.delete(folder);
    }
  }

  /**
   * Takes over the child that a former supervisor left in a folder, whether or not that one lived
   * to record which process it became. Undefined when it is gone; then what it had started is
   * ended as well.
   */
  async adopt(folder: string): Promise<SupervisedChild | undefined> {
    const record = readRecord(folder);
    if (this.children.has(folder) || !record) return this.children.get(folder);
    const process = await identify(record, this.clock);
    if (this.children.has(folder)) return this.children.get(folder);
    if (!process) {
      await this.familyOf(record).end(this.graceMs);
      dropRecord(folder);
      return undefined;
    }
    writeRecord(folder, { ...record, process });
    return this.keep(new SupervisedChild(folder, process, record));
  }

  /** The processes that children of folders below `root` left, and that no child of ours owns. */
  findStrays(root: string): MarkedProcess[] {
    const owned = new Set([...this.children.values()].map(({ record }) => record.mark));
    return listMarked().filter(
      ({ mark }) => mark !== undefined && !owned.has(mark) && isMarkBelow(mark, root),
    );
  }

  /** Ends all strays below `root`; call it after `adopt`. Gives how many processes there were. */
  async stopStrays(root: string): Promise<number> {
    const strays = this.findStrays(root);
    const families = Map.groupBy(strays, ({ mark = '' }) => mark);
    await Promise.all(
      [...families].map(([mark, members]) =>
        this.familyOf({ mark, process: leaderAmong(members) ?? null }).end(this.graceMs),
      ),
    );
    return strays.length;
  }

  /**
   * Ends the child of a folder and all that it started: TERM, and KILL after the grace. Resolves
   * when nothing is left of it. Nothing happens when there is no child.
   *
   * @throws AppError internal, when even KILL does not end it
   */
  async stop(folder: string): Promise<void> {
    const child = await this.adopt(folder);
    if (child) await this.end(child, true);
  }

  /**
   * Ends every child, all at the same time.
   *
   * @throws AppError internal, when even KILL does not end one of them; the others have ended
   */
  async stopAll(): Promise<void> {
    const ends = [...this.children.values()].map((child) => this.end(child, true));
    const results = await Promise.allSettled(ends);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Looks after no child any longer, and stops none. */
  release(): void {
    this.timer?.cancel();
    this.timer = undefined;
    this.children.clear();
  }

  private async launch(plan: ChildPlan): Promise<SupervisedChild> {
    const { folder, cwd = folder, command, environment, port, settings = '' } = plan;
    const mark = newMark(folder);
    const startedAt = this.clock.nowIso();
    const intent = { mark, process: null, port, command: [...command], settings, startedAt };
    const logFile = ChildSupervisor.logFile(folder);
    writeRecord(folder, intent);
    try {
      const launched = await launch({ command, cwd, environment, mark, logFile }, (process) =>
        writeRecord(folder, { ...intent, process }),
      );
      const child = new SupervisedChild(folder, launched.process, intent, launched.exited);
      void launched.exited.then(() => this.noticeEnd(child));
      return this.keep(child);
    } catch (error) {
      this.scan.forget();
      await this.familyOf(intent).end(0);
      dropRecord(folder);
      throw error;
    }
  }

  private keep(child: SupervisedChild): SupervisedChild {
    this.scan.forget();
    this.children.set(child.folder, child);
    this.timer ??= this.clock.after(this.watchMs, () => void this.watch());
    return child;
  }

  private async watch(): Promise<void> {
    const children = [...this.children.values()];
    for (const child of children) {
      if (!child.isAlive()) this.noticeEnd(child);
    }
    await Promise.allSettled(children.map(({ folder }) => this.boundLog(folder)));
    this.timer = undefined;
    if (this.children.size > 0) {
      this.timer = this.clock.after(this.watchMs, () => void this.watch());
    }
  }

  private async boundLog(folder: string): Promise<void> {
    const emptying =
      this.emptying.get(folder) ??
      truncateLarge(ChildSupervisor.logFile(folder), this.logLimitBytes).finally(() =>
        this.emptying.delete(folder),
      );
    this.emptying.set(folder, emptying);
    await emptying;
  }

  /** What fails here, for example because a disk is full, is tried again by the next `watch`. */
  private noticeEnd(child: SupervisedChild): void {
    this.end(child, false).catch(() => undefined);
  }

  /** Ends a child once, however many ask for it. */
  private end(child: SupervisedChild, requested: boolean): Promise<void> {
    const present = this.endings.get(child);
    if (present) return present;
    if (this.children.get(child.folder) !== child) return Promise.resolve();
    const ended = keepAwake(() => this.bury(child, requested)).finally(() =>
      this.endings.delete(child),
    );
    this.endings.set(child, ended);
    return ended;
  }

  private async bury(child: SupervisedChild, requested: boolean): Promise<void> {
    const { process, record, folder } = child;
    await this.familyOf({ mark: record.mark, process }).end(this.graceMs);
    if (child.isAlive()) {
      throw new AppError('internal', 'child_unkillable', `Process ${process.pid} does not end.`);
    }
    // Nobody looks at it any more, and the next one that is started may end as soon.
    await this.boundLog(folder).catch(() => undefined);
    const { code, signal } = (await child.exited) ?? { code: null, signal: null };
    if (this.children.get(folder) !== child) return;
    this.children.delete(folder);
    dropRecord(folder);
    this.onExit({ child, code, signal, requested });
  }

  private familyOf({ mark, process }: Pick<ChildRecord, 'mark' | 'process'>): ProcessFamily {
    return new ProcessFamily(process ?? undefined, mark, this.scan, this.clock);
  }
}

/** The process that a record is about; undefined when it is gone. */
async function identify(record: ChildRecord, clock: Clock): Promise<ProcessIdentity | undefined> {
  const { mark, process } = record;
  if (process) return isAlive(process) ? process : undefined;
  // A process that was being started when its parent died carries its mark a moment later.
  return keepAwake(async () => {
    const untilMs = clock.monotonicMs() + APPEARS_WITHIN_MS;
    for (;;) {
      const found = leaderAmong(listMarked().filter((entry) => entry.mark === mark));
      if (found) return { pid: found.pid, startTime: found.startTime };
      if (clock.monotonicMs() >= untilMs) return undefined;
      await clock.sleep(APPEARS_POLL_MS);
    }
  });
}

function stillThere(folder: string): AppError {
  return new AppError('conflict', 'child_running', `The child of ${folder} runs; stop it first.`);
}
