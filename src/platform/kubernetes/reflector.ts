import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import { BackOff } from './back-off.js';
import type { KubernetesApi, Selection } from './kubernetes-api.js';
import { isGone, KubernetesError } from './kubernetes.errors.js';
import { type KubernetesObject, keyOf, type ResourceKind } from './kubernetes-object.js';
import { type IndexValues, ObjectStore } from './object-store.js';
import { ReflectorEvents, type ReflectorHandler } from './reflector-events.js';
import { type WatchFrame, watchFrames } from './watch-frames.js';

// Keeps a copy of all objects of a kind: lists them, then follows a watch, for good. After any
// trouble it resumes where it was, and lists again where that is not possible.

export interface ReflectorTools {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 to 1, for what is spread. */
  readonly random?: () => number;
}

export interface ReflectorOptions<T extends KubernetesObject> extends Selection {
  /**
   * What is kept of an object; undefined for one that is not kept. It sees the `managedFields`,
   * which are never kept; the names, uid and resourceVersion must stay.
   */
  transform?: (object: T) => T | undefined;
  /** Indexes of the store, by their names. */
  indexes?: Readonly<Record<string, IndexValues<T>>>;
  /** Objects of a page of the list; 500 when left out. */
  pageSize?: number;
  /** Milliseconds of silence after which a watch counts as dead; 90,000 when left out. */
  silenceMs?: number;
}

const PAGE_SIZE = 500;
/** The server sends a bookmark about once a minute, with a quarter of it as jitter. */
const SILENCE_MS = 90_000;
const SHORTEST_WATCH_SECONDS = 300;
const LONGEST_WATCH_SECONDS = 600;
/** A watch that ends sooner, and without a frame, is one that failed. */
const SHORT_WATCH_MS = 1_000;
/** Failures in a row after which what is known is no longer trusted as a place to resume at. */
const RESUMES = 5;

/**
 * A copy of all objects of a kind that a selection names, kept up to date from `start` to `stop`.
 * Reading its `store` costs no request.
 */
export class Reflector<T extends KubernetesObject> {
  readonly store: ObjectStore<T>;
  /** Resolves when the first list is in the store; rejects when it was stopped before. */
  readonly synced: Promise<void>;
  private readonly settle = Promise.withResolvers<void>();
  private readonly events: ReflectorEvents<T>;
  private readonly backOff: BackOff;
  private readonly random: () => number;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** Ends the wait after a failure. */
  private waiting: AbortController | undefined;
  /** Where to resume; undefined: list first. */
  private version: string | undefined;
  private paged = true;
  private hasSynced = false;

  constructor(
    private readonly kind: ResourceKind,
    private readonly options: ReflectorOptions<T>,
    private readonly tools: ReflectorTools,
  ) {
    this.random = tools.random ?? Math.random;
    this.store = new ObjectStore(options.indexes);
    this.events = new ReflectorEvents(kind.plural, this.store, tools.logger);
    this.backOff = new BackOff({ firstMs: 800, capMs: 30_000, random: this.random });
    this.synced = this.settle.promise;
    this.synced.catch(() => undefined);
  }

  get isSynced(): boolean {
    return this.hasSynced;
  }

  /** Listens to changes; see `ReflectorEvents.listen`. */
  on(handler: ReflectorHandler<T>): () => void {
    return this.events.listen(handler);
  }

  /** Begins; a second call does nothing. */
  start(): void {
    this.running ??= this.run();
  }

  /**
   * Has a reflector that waits after a failure try at once, unless the server asked it to wait: for
   * those who know that the server is back.
   */
  hurry(): void {
    this.waiting?.abort();
  }

  /** Ends for good; the store stays as it is. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the reflector was stopped'));
    await this.running;
    if (!this.hasSynced) this.settle.reject(this.stopping.signal.reason);
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (this.version === undefined) await this.listAll();
        await this.watchOnce();
      } catch (error) {
        if (signal.aborted) return;
        await this.recover(error);
      }
    }
  }

  /** Decides where to go on after a failure, and waits. */
  private async recover(error: unknown): Promise<void> {
    const first = this.backOff.failed === 0;
    const delayMs = this.backOff.next();
    if (isGone(error)) {
      this.paged = this.version !== undefined;
      this.version = undefined;
      // What is too old is no sign of trouble at the server's: the list can be had at once.
      if (first) return;
    } else if (this.backOff.failed % RESUMES === 0) {
      this.version = undefined;
    }
    const { plural } = this.kind;
    this.tools.logger.warn('A watch broke off', { kind: plural, error, retryInMs: delayMs });
    const asked = error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0;
    await this.wait(delayMs, asked);
  }

  private async wait(delayMs: number, askedMs: number): Promise<void> {
    const hurried = new AbortController();
    if (askedMs === 0) this.waiting = hurried;
    const ended = AbortSignal.any([this.stopping.signal, hurried.signal]);
    await this.tools.clock.sleep(Math.max(delayMs, askedMs), ended);
    this.waiting = undefined;
  }

  /** Reads all pages, then makes the store equal to them. */
  private async listAll(): Promise<void> {
    const { pageSize = PAGE_SIZE, labelSelector, fieldSelector, namespace } = this.options;
    const found = new Map<string, T>();
    let next: string | undefined;
    let version: string | undefined;
    do {
      const page = await this.tools.api.list<T>(this.kind, {
        labelSelector,
        fieldSelector,
        namespace,
        continue: next,
        ...(this.paged ? { limit: pageSize } : {}),
        signal: this.stopping.signal,
      });
      for (const object of page.items) {
        const kept = this.keep(object);
        if (kept !== undefined) found.set(keyOf(kept), kept);
      }
      next = page.metadata.continue || undefined;
      version = page.metadata.resourceVersion;
    } while (next !== undefined);
    for (const key of this.store.keys()) if (!found.has(key)) this.events.remove(key);
    for (const object of found.values()) this.events.put(object);
    this.version = version;
    this.paged = true;
    this.hasSynced = true;
    this.settle.resolve();
  }

  /** Follows one watch until the server ends it. */
  private async watchOnce(): Promise<void> {
    const { api, clock } = this.tools;
    const { labelSelector, fieldSelector, namespace, silenceMs = SILENCE_MS } = this.options;
    const startedMs = clock.monotonicMs();
    const spread = LONGEST_WATCH_SECONDS - SHORTEST_WATCH_SECONDS;
    const response = await api.watch(this.kind, {
      labelSelector,
      fieldSelector,
      namespace,
      resourceVersion: this.version,
      timeoutSeconds: SHORTEST_WATCH_SECONDS + Math.floor(this.random() * (spread + 1)),
      signal: this.stopping.signal,
    });
    const cutOff = (): void => void response.destroy();
    this.stopping.signal.addEventListener('abort', cutOff, { once: true });
    if (this.stopping.signal.aborted) cutOff();
    const silent = (): void => {
      const message = `the watch was silent for ${silenceMs} ms`;
      response.destroy(KubernetesError.fault('Timeout', message));
    };
    let silence = clock.after(silenceMs, silent);
    let frames = 0;
    try {
      for await (const frame of watchFrames<T>(response)) {
        silence.cancel();
        silence = clock.after(silenceMs, silent);
        frames++;
        this.backOff.reset();
        this.take(frame);
      }
    } finally {
      silence.cancel();
      this.stopping.signal.removeEventListener('abort', cutOff);
    }
    if (frames === 0 && clock.monotonicMs() - startedMs < SHORT_WATCH_MS) {
      throw KubernetesError.fault('Unreachable', 'the watch ended as soon as it began');
    }
    this.backOff.reset();
  }

  private take({ type, object }: WatchFrame<T>): void {
    if (type !== 'BOOKMARK') {
      const kept = this.keep(object);
      if (type === 'DELETED' || kept === undefined) this.events.remove(keyOf(object), kept);
      else this.events.put(kept);
    }
    this.version = object.metadata.resourceVersion;
  }

  /** What is kept of an object as it came. */
  private keep(object: T): T | undefined {
    const { transform = (whole: T) => whole } = this.options;
    try {
      const kept = transform(object);
      delete kept?.metadata.managedFields;
      return kept;
    } catch (error) {
      const { plural } = this.kind;
      this.tools.logger.error('An object could not be taken over', {
        kind: plural,
        key: keyOf(object),
        error,
      });
      return undefined;
    }
  }
}
