import { EventEmitter } from 'node:events';
import type { Clock } from '../clock/clock.js';
import type { Tx } from '../database/unit-of-work.js';

/** What a wake carries: something under `topic` changed, and `key` says which. */
export interface Wake {
  topic: string;
  key: string;
}

type Listener = (key: string) => void;

/** For how long after the last sign of life wakes of other processes count as heard. */
export const CURRENT_FOR_MS = 750;

/**
 * Tells interested parts that a row changed, after the commit that changed it. A wake is a hint:
 * it may be lost when a process dies, so whoever listens also looks at the rows again when
 * `onGap` is called.
 */
export class WakeChannel {
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly gapListeners: (() => void)[] = [];
  private heardUntilMs: number | undefined;

  constructor(protected readonly clock: Clock) {}

  /**
   * Whether everything that any process committed more than a moment (750 ms) ago was heard of.
   * Only then may something be remembered that another process could change.
   */
  get isCurrent(): boolean {
    if (this.heardUntilMs === undefined) return false;
    return this.clock.monotonicMs() - this.heardUntilMs < CURRENT_FOR_MS;
  }

  /** Wakes every listener of `topic` once `tx` is committed; never after a rollback. */
  async publish(tx: Tx, topic: string, key: string): Promise<void> {
    tx.afterCommit(() => this.deliver({ topic, key }));
  }

  /** Calls `listener` with the key of every wake of `topic`. */
  on(topic: string, listener: Listener): void {
    this.emitter.on(`wake:${topic}`, listener);
  }

  /** Calls `listener` when wakes may have been missed: look at everything again. */
  onGap(listener: () => void): void {
    this.gapListeners.push(listener);
  }

  protected deliver({ topic, key }: Wake): void {
    this.emitter.emit(`wake:${topic}`, key);
  }

  /** What was committed up to this moment of the monotonic clock was heard of. */
  protected heardAll(untilMs: number): void {
    this.heardUntilMs = untilMs;
  }

  protected heardNothing(): void {
    this.heardUntilMs = undefined;
  }

  protected gap(): void {
    for (const listener of this.gapListeners) listener();
  }

  /** Starts listening to other processes, where there are any. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
