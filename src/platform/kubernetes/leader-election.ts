import type { Clock, Timer } from '../clock/clock.js';
import { Lease } from '../database/lease.js';
import type { Logger } from '../logging/logger.js';
import type { KubernetesApi } from './kubernetes-api.js';
import {
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
} from './kubernetes.errors.js';
import { LeaderObserver } from './leader-observer.js';
import {
  claimedSpec,
  LEASE,
  type LeaseObject,
  LeaseSight,
  type LeaseSpec,
  releasedSpec,
} from './lease-record.js';

// One of several replicas leads: the one that holds a Lease. The times are those of client-go.

export interface ElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone, also after a restart; for example the pod's name and a random part. */
  readonly identity: string;
  /** How long others wait for a holder that is silent; 15 s when left out. */
  readonly durationMs?: number;
  /** How long the holder goes on without having been able to renew; 10 s when left out. */
  readonly renewDeadlineMs?: number;
  /** At most so long between two tries; 2 s when left out. */
  readonly retryMs?: number;
}

export interface ElectionTools {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: LeaderObserver;
  /** A number from 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** Tries come sooner by up to so much: a lease that was given up is taken within `retryMs`. */
const MOST_JITTER = 0.4;
const LEAST_JITTER = 0.1;
/** A release that takes longer is left to the lease's end. */
const RELEASE_DEADLINE_MS = 2_000;

/** Stands for the lease until it is stopped; `held`, `gained` and `lost` are as in `Lease`. */
export class LeaderElection extends Lease {
  private readonly sight = new LeaseSight();
  private readonly observer: LeaderObserver;
  private readonly stopping = new AbortController();
  private readonly durationMs: number;
  private readonly renewDeadlineMs: number;
  private readonly retryMs: number;
  private running: Promise<void> | undefined;
  private gained: () => void = () => undefined;
  private lost: () => void = () => undefined;
  private barred: () => void = () => undefined;
  private why: string | undefined;
  /** As we last wrote it. */
  private ours: LeaseObject | undefined;
  private expiry: Timer | undefined;
  private leads = false;

  constructor(
    private readonly options: ElectionOptions,
    private readonly tools: ElectionTools,
  ) {
    super();
    const { durationMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2_000 } = options;
    if (durationMs <= renewDeadlineMs || renewDeadlineMs <= retryMs) {
      throw new Error('a lease must outlast its renew deadline, and that the time between tries');
    }
    this.durationMs = durationMs;
    this.renewDeadlineMs = renewDeadlineMs;
    this.retryMs = retryMs;
    this.observer = tools.observer ?? new LeaderObserver();
  }

  get held(): boolean {
    return this.leads;
  }

  override get trouble(): string | undefined {
    return this.why;
  }

  /** Resolves after the first try. */
  async start(
    gained: () => void,
    lost: () => void,
    barred: () => void = () => undefined,
  ): Promise<void> {
    this.gained = gained;
    this.lost = lost;
    this.barred = barred;
    this.observer.changed(this.options.name, false);
    await this.tryOnce();
    this.running = this.run();
  }

  /** Ends what the lease protects (`lost`), then gives the lease up. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the election was stopped'));
    if (this.running === undefined) return;
    await this.running;
    const led = this.leads;
    this.lose('it was stopped');
    try {
      // Also when we do not lead: a try that was broken off may have been written.
      await this.release();
    } catch (error) {
      if (led) this.tools.logger.warn('A lease could not be released', { ...this.fields(), error });
    }
  }

  private async run(): Promise<void> {
    const { clock, random = Math.random } = this.tools;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const jitter = LEAST_JITTER + random() * (MOST_JITTER - LEAST_JITTER);
      await clock.sleep(this.retryMs * (1 - jitter), signal);
      if (!signal.aborted) await this.tryOnce();
    }
  }

  /** Takes the lease, keeps it, or sees that it is another's. */
  private async tryOnce(): Promise<void> {
    const sentMs = this.tools.clock.monotonicMs();
    try {
      const written = await (this.ours === undefined ? this.acquire() : this.renew(this.ours));
      this.why = undefined;
      if (written === undefined) this.lose('another has it');
      else this.keep(written, sentMs);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      // Another look tells: it was changed by somebody, or we do not know whether we wrote.
      this.ours = undefined;
      this.why = this.barOf(error);
      const why = this.why === undefined ? {} : { why: this.why };
      this.tools.logger.warn('A lease could not be had', { ...this.fields(), ...why, error });
      if (isNamespaceTerminating(error)) this.barred();
    }
  }

  /** @returns undefined when it is another's */
  private async renew(before: LeaseObject): Promise<LeaseObject | undefined> {
    try {
      return await this.write(before);
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return this.acquire();
      throw error;
    }
  }

  /** @returns undefined when it is another's */
  private async acquire(): Promise<LeaseObject | undefined> {
    const { api, clock } = this.tools;
    const found = await api.find<LeaseObject>(LEASE, this.options, this.call());
    try {
      if (found === undefined) return await this.create();
      const isFree = this.sight.isFree(found, this.options.identity, clock.monotonicMs());
      return isFree ? await this.write(found) : undefined;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return undefined;
      throw error;
    }
  }

  private create(): Promise<LeaseObject> {
    const { namespace, name } = this.options;
    const lease: LeaseObject = { metadata: { namespace, name }, spec: this.claim(undefined) };
    return this.tools.api.create(LEASE, lease, this.call());
  }

  private write(before: LeaseObject): Promise<LeaseObject> {
    const lease = { ...before, spec: this.claim(before.spec) };
    return this.tools.api.replace(LEASE, lease, this.call());
  }

  /** Why nobody can have the lease: it is kept in a namespace that goes, or went. */
  private barOf(error: unknown): string | undefined {
    const { namespace } = this.options;
    const until = 'nothing is reconciled until it is there again';
    if (isNamespaceTerminating(error))
      return `the namespace ${namespace} is being deleted: ${until}`;
    return isNotFound(error) ? `the namespace ${namespace} is not there: ${until}` : undefined;
  }

  private claim(before: LeaseSpec | undefined): LeaseSpec {
    const now = this.tools.clock.now();
    const durationSeconds = Math.ceil(this.durationMs / 1000);
    return claimedSpec(before, { identity: this.options.identity, durationSeconds, now });
  }

  /** The lease is ours, from when the request was sent. */
  private keep(written: LeaseObject, sentMs: number): void {
    const { clock } = this.tools;
    if (this.stopping.signal.aborted) return;
    const leftMs = this.renewDeadlineMs - (clock.monotonicMs() - sentMs);
    if (leftMs <= 0) {
      this.lose('the answer came too late');
      return;
    }
    this.ours = written;
    this.expiry?.cancel();
    this.expiry = clock.after(leftMs, () => this.lose('it could not be renewed'));
    if (this.leads) return;
    this.leads = true;
    this.tools.logger.log('Began to lead', this.fields());
    this.observer.changed(this.options.name, true);
    this.gained();
  }

  private lose(why: string): void {
    this.expiry?.cancel();
    this.ours = undefined;
    if (!this.leads) return;
    this.leads = false;
    this.tools.logger.log('Stopped leading', { ...this.fields(), why });
    this.observer.changed(this.options.name, false);
    this.lost();
  }

  private async release(): Promise<void> {
    const { api, clock } = this.tools;
    const call = { deadlineMs: RELEASE_DEADLINE_MS };
    const found = await api.find<LeaseObject>(LEASE, this.options, call);
    if (found?.spec?.holderIdentity !== this.options.identity) return;
    await api.replace(LEASE, { ...found, spec: releasedSpec(found.spec, clock.now()) }, call);
  }

  private call() {
    return { deadlineMs: this.renewDeadlineMs / 2, signal: this.stopping.signal };
  }

  private fields() {
    const { namespace, name, identity } = this.options;
    return { namespace, lease: name, identity };
  }
}
