import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import { ControllerObserver, type PassOutcome } from './controller-observer.js';
import { DONE, type Reconciler, type Result } from './reconciler.js';
import { type QueueObserver, WorkQueue, type QueueOptions } from './work-queue.js';

export interface ControllerOptions extends Omit<QueueOptions, 'observer'> {
  /** Keys that are worked on at the same time. */
  workers: number;
  /** Milliseconds that one pass may take. */
  deadlineMs: number;
  observer?: ControllerObserver;
}

/**
 * A pass that takes longer waits for somebody else: its worker goes on to another key. There are at
 * most so many of them for each worker.
 */
const SLOW_MS = 1_000;
const MOST_SLOW = 16;

/** Runs a reconciler over a queue of keys with a bounded number of workers. */
export class Controller {
  private queue: WorkQueue | undefined;
  private readonly running = new Set<Promise<void>>();
  private slow = 0;
  private stopping = new AbortController();
  private readonly observer: ControllerObserver;

  constructor(
    private readonly reconciler: Reconciler,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly options: ControllerOptions,
  ) {
    this.observer = options.observer ?? new ControllerObserver();
  }

  /** Takes up work; until then, and after `stop`, wakes are dropped. */
  start(): void {
    if (this.queue !== undefined) return;
    const queue = new WorkQueue(this.clock, { ...this.options, observer: this.watchQueue() });
    this.queue = queue;
    this.stopping = new AbortController();
    for (let worker = 0; worker < this.options.workers; worker++) {
      void this.follow(this.work(queue, this.stopping.signal));
    }
  }

  /** Makes a key due now, or after so many milliseconds. */
  wake(key: string, afterMs = 0): void {
    this.queue?.addAfter(key, afterMs);
  }

  /** How many keys are due and wait for a worker. */
  get depth(): number {
    return this.queue?.depth ?? 0;
  }

  /** Takes no new key, asks the passes under way to end, and waits until they have. */
  async stop(): Promise<void> {
    this.queue?.shutDown();
    this.queue = undefined;
    this.stopping.abort(new Error('The controller stops'));
    await Promise.all(this.running);
  }

  private async work(queue: WorkQueue, stopping: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      await this.untilSlow(this.pass(queue, key, stopping).finally(() => queue.done(key)));
    }
  }

  /** Waits for a pass, but not for a slow one. */
  private async untilSlow(pass: Promise<void>): Promise<void> {
    let over = false;
    const ended = this.follow(pass).finally(() => (over = true));
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(SLOW_MS, resolve);
      void ended.finally(() => {
        timer.cancel();
        resolve();
      });
    });
    if (over) return;
    const mayGoOn = this.slow < MOST_SLOW * this.options.workers;
    this.slow++;
    void ended.finally(() => this.slow--);
    if (!mayGoOn) await ended;
  }

  /** Has `stop` wait for it. */
  private follow(work: Promise<void>): Promise<void> {
    const followed = work.finally(() => this.running.delete(followed));
    this.running.add(followed);
    return followed;
  }

  private async pass(queue: WorkQueue, key: string, stopping: AbortSignal): Promise<void> {
    const deadline = new AbortController();
    const timer = this.clock.after(this.options.deadlineMs, () =>
      deadline.abort(new Error(`The pass took longer than ${this.options.deadlineMs} ms`)),
    );
    const signal = AbortSignal.any([deadline.signal, stopping]);
    const beganMs = this.clock.monotonicMs();
    let result: Result = DONE;
    let outcome: PassOutcome | undefined;
    this.observer.began(this.reconciler.name);
    try {
      result = await this.reconciler.reconcile(key, { signal, failures: queue.failuresOf(key) });
      queue.forget(key);
      outcome = result.kind === 'again' ? 'requeue_after' : 'success';
      if (result.kind === 'again') queue.addAfter(key, result.afterMs);
    } catch (error) {
      if (stopping.aborted) return;
      outcome = 'error';
      const retryMs = Math.round(queue.addRateLimited(key));
      const fields = { controller: this.reconciler.name, key, retryMs, error };
      if (queue.failuresOf(key) > 1) this.logger.warn('Reconcile failed', fields);
      else this.logger.debug('Reconcile failed', fields);
    } finally {
      timer.cancel();
      const tookMs = this.clock.monotonicMs() - beganMs;
      this.observer.ended(this.reconciler.name, outcome, tookMs);
    }
  }

  private watchQueue(): QueueObserver {
    const { name } = this.reconciler;
    return {
      added: (depth) => this.observer.added(name, depth),
      taken: (depth, waitedMs) => this.observer.taken(name, depth, waitedMs),
      retried: () => this.observer.retried(name),
      cleared: () => this.observer.cleared(name),
    };
  }
}
