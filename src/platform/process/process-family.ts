import type { Clock } from '../clock/clock.js';
import { keepAwake } from './keep-awake.js';
import type { ProcessIdentity } from './process-source.js';
import {
  isAlive,
  isDead,
  processSource,
  signalGroupOf,
  signalProcess,
} from './process-identity.js';
import type { ProcessEntry } from './process-source.js';

// A child may start processes of its own. They are its family: all that is in the group it leads,
// and all that carries its mark in the environment, which also finds those that left the group.

/** The variable with which every process of a family is marked. */
export const MARK_VARIABLE = 'NEXUS_CHILD_ID';

const POLL_MS = 25;
/** How long to wait for a process to vanish that was killed. */
const KILLED_WITHIN_MS = 5_000;

/** A living process and the mark in its environment, if it has one. */
export interface MarkedProcess extends ProcessEntry {
  readonly mark: string | undefined;
}

/** The living processes of this machine, with their marks. */
export function listMarked(source = processSource()): MarkedProcess[] {
  return source
    .list()
    .filter((entry) => !isDead(entry.state))
    .map((entry) => ({ ...entry, mark: source.variableOf(entry.pid, MARK_VARIABLE) }));
}

/** How old a list of processes may be that is used again. */
const SCAN_FRESH_MS = 20;

/**
 * Lists processes for many families that end at the same time: to look at all processes takes
 * milliseconds, so that what one has just seen serves the others too.
 */
export class ProcessScan {
  private last: { atMs: number; processes: readonly MarkedProcess[] } | undefined;

  constructor(private readonly clock: Clock) {}

  /** The living processes as they were at most 20 ms ago. */
  list(): readonly MarkedProcess[] {
    const atMs = this.clock.monotonicMs();
    if (!this.last || atMs - this.last.atMs > SCAN_FRESH_MS) {
      this.last = { atMs, processes: listMarked() };
    }
    return this.last.processes;
  }

  /** Has the next one who asks look anew. To be called when a process was started. */
  forget(): void {
    this.last = undefined;
  }
}

/** The one among marked processes that was started first: it leads a group, and is nobody's child. */
export function leaderAmong(marked: readonly MarkedProcess[]): MarkedProcess | undefined {
  const ids = new Set(marked.map(({ pid }) => pid));
  return marked.find(({ pid, groupId, parentId }) => pid === groupId && !ids.has(parentId));
}

/** All processes that descend from one child. */
export class ProcessFamily {
  private known: readonly ProcessIdentity[];

  /** @param leader the child itself, which leads a group; undefined when nobody knows it any more */
  constructor(
    private readonly leader: ProcessIdentity | undefined,
    private readonly mark: string,
    private readonly scan: ProcessScan,
    private readonly clock: Clock,
  ) {
    this.known = leader ? [leader] : [];
  }

  /**
   * Asks the family to end (TERM), kills what is left after `graceMs` milliseconds, and resolves
   * when nobody is left. Works for children of other processes too.
   *
   * @returns those that even KILL did not end, which is for the kernel to explain; mostly none
   */
  end(graceMs: number): Promise<readonly ProcessIdentity[]> {
    return keepAwake(() => this.endWithin(graceMs));
  }

  private async endWithin(graceMs: number): Promise<readonly ProcessIdentity[]> {
    const killAtMs = this.clock.monotonicMs() + graceMs;
    let members = this.survey();
    this.signal(members, 'SIGTERM');
    // Twice, further apart than a scan is old: the first look may miss what was started just now.
    for (let looksInVain = members.length ? 0 : 1; looksInVain < 2;) {
      await this.clock.sleep(POLL_MS);
      const nowMs = this.clock.monotonicMs();
      // Looking at all processes takes a while, so it is left until the leader is gone.
      if (nowMs < killAtMs && this.leader && isAlive(this.leader)) continue;
      members = this.survey();
      looksInVain = members.length ? 0 : looksInVain + 1;
      if (nowMs >= killAtMs) this.signal(members, 'SIGKILL');
      if (nowMs >= killAtMs + KILLED_WITHIN_MS) return members;
    }
    return [];
  }

  /**
   * Who is there now. The group counts only while it holds somebody we are sure of: once it is
   * empty, its id may become that of a stranger.
   */
  private survey(): readonly MarkedProcess[] {
    const all = this.scan.list();
    const sure = all.filter((entry) => entry.mark === this.mark || this.isKnown(entry));
    const ownsGroup = sure.some((entry) => this.isInGroup(entry));
    const members = all.filter(
      (entry) => sure.includes(entry) || (ownsGroup && this.isInGroup(entry)),
    );
    if (members.length > 0) this.known = members;
    return members;
  }

  private signal(members: readonly MarkedProcess[], signal: NodeJS.Signals): void {
    const group = members.filter((entry) => this.isInGroup(entry));
    group.some((entry) => signalGroupOf(entry, entry.groupId, signal));
    for (const entry of members) {
      if (!group.includes(entry)) signalProcess(entry, signal);
    }
  }

  private isInGroup({ groupId }: MarkedProcess): boolean {
    return groupId === this.leader?.pid;
  }

  private isKnown({ pid, startTime }: ProcessIdentity): boolean {
    return this.known.some((one) => one.pid === pid && one.startTime === startTime);
  }
}
