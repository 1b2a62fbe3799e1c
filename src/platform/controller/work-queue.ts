import type { Clock, Timer } from '../clock/clock.js';
import { DueKeys, type GroupOptions } from './due-keys.js';

// The work queue of Kubernetes controllers: a key that waits is not queued twice, a key that is
// being worked on is never worked on twice at once, but comes again when it changed meanwhile.
// Groups of keys take turns.

const BASE_DELAY_MS = 5;
const DEFAULT_CAP_MS = 1_000_000;

/** Is told what a queue does. */
export interface QueueObserver {
  added(depth: number): void;
  taken(depth: number, waitedMs: number): void;
  retried(): void;
  cleared(): void;
}

const NO_OBSERVER: QueueObserver = {
  added: () => undefined,
  taken: () => undefined,
  retried: () => undefined,
  cleared: () => undefined,
};

export interface QueueOptions extends GroupOptions {
  /** Longest delay of a back-off. */
  capMs?: number;
  /** A number from 0 to 1, for the jitter. */
  random?: () => number;
  observer?: QueueObserver;
}

interface Delayed {
  dueMs: number;
  timer: Timer;
}

/** Keys that are due, keys that will be, and keys in work. */
export class WorkQueue {
  private readonly ready: DueKeys;
  private readonly delayed = new Map<string, Delayed>();
  private readonly working = new Set<string>();
  private readonly again = new Set<string>();
  private readonly failures = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private closed = false;
  private readonly capMs: number;
  private readonly random: () => number;
  private readonly observer: QueueObserver;

  constructor(
    private readonly clock: Clock,
    {
      capMs = DEFAULT_CAP_MS,
      random = Math.random,
      observer = NO_OBSERVER,
      ...groups
    }: QueueOptions = {},
  ) {
    this.ready = new DueKeys(groups);
    this.capMs = capMs;
    this.random = random;
    this.observer = observer;
  }

  /** How many keys are due and wait for a worker. */
  get depth(): number {
    return this.ready.size;
  }

  /** Makes a key due now. */
  add(key: string): void {
    if (this.closed) return;
    this.dropDelay(key);
    if (this.working.has(key)) {
      this.again.add(key);
      return;
    }
    if (this.ready.has(key)) return;
    this.ready.add(key, this.clock.monotonicMs());
    this.observer.added(this.depth);
    // Not at once: what is added in the same breath is one piece of work.
    if (this.takers.length > 0) queueMicrotask(() => this.dispatch());
  }

  /** Makes a key due later; an earlier time wins, also one that is there already. */
  addAfter(key: string, delayMs: number): void {
    if (this.closed || this.ready.has(key)) return;
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const dueMs = this.clock.monotonicMs() + delayMs;
    const before = this.delayed.get(key);
    if (before !== undefined && before.dueMs <= dueMs) return;
    this.dropDelay(key);
    const timer = this.clock.after(delayMs, () => {
      this.delayed.delete(key);
      this.add(key);
    });
    this.delayed.set(key, { dueMs, timer });
  }

  /**
   * Makes a key due after its back-off: 5 ms, doubled with every failure in a row, with up to
   * half of it as jitter on top.
   *
   * @returns the delay in milliseconds
   */
  addRateLimited(key: string): number {
    this.observer.retried();
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    const base = Math.min(BASE_DELAY_MS * 2 ** Math.min(failures, 40), this.capMs);
    const delayMs = Math.min(base * (1 + this.random() / 2), this.capMs);
    this.addAfter(key, delayMs);
    return delayMs;
  }

  /** Ends the back-off of a key. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** How often a key failed in a row. */
  failuresOf(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next due key; waits for one. Undefined once the queue is shut. */
  take(): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.takers.push(resolve);
      this.dispatch();
    });
  }

  /** Says that the work on a key has ended; it comes again if it was added meanwhile. */
  done(key: string): void {
    this.working.delete(key);
    this.ready.done(key);
    if (this.again.delete(key)) this.add(key);
    // Others of its group may have waited for it.
    this.dispatch();
  }

  /** Drops whatever waits, and sends every taker home. */
  shutDown(): void {
    this.closed = true;
    this.ready.clear();
    this.again.clear();
    for (const { timer } of this.delayed.values()) timer.cancel();
    this.delayed.clear();
    this.observer.cleared();
    for (const taker of this.takers.splice(0)) taker(undefined);
  }

  /** Hands due keys to those who wait for one. */
  private dispatch(): void {
    while (this.takers.length > 0) {
      const next = this.ready.take();
      if (next === undefined) return;
      const { key, sinceMs } = next;
      this.working.add(key);
      this.observer.taken(this.depth, this.clock.monotonicMs() - sinceMs);
      this.takers.shift()?.(key);
    }
  }

  private dropDelay(key: string): void {
    this.delayed.get(key)?.timer.cancel();
    this.delayed.delete(key);
  }
}
