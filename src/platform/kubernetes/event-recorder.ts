import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import { BackOff } from './back-off.js';
import { type CorrelatedEvent, EventCorrelation } from './event-correlation.js';
import type { KubernetesApi } from './kubernetes-api.js';
import {
  isNamespaceTerminating,
  isNotFound,
  isTransient,
  KubernetesError,
} from './kubernetes.errors.js';
import {
  apiVersionOf,
  type KubernetesObject,
  objectKey,
  type ResourceKind,
} from './kubernetes-object.js';

// Events of the core group: `kubectl describe` and `kubectl get events` show their counts and both
// times, and the API server shows them in `events.k8s.io` as well.

export const EVENT: ResourceKind = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

/** What an Event is about. */
export interface EventSubject {
  readonly kind: ResourceKind;
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Without it `kubectl describe` does not find the Event. */
  readonly uid: string | undefined;
}

export interface EventObject extends KubernetesObject {
  involvedObject: {
    apiVersion: string;
    kind: string;
    namespace?: string | undefined;
    name: string;
    uid?: string | undefined;
  };
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string };
  reportingComponent: string;
  reportingInstance: string;
}

export interface RecorderTools {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Waiting {
  subject: EventSubject;
  type: 'Normal' | 'Warning';
  reason: string;
  event: CorrelatedEvent;
}

/** Events that wait to be written; more are dropped. */
const MOST_WAITING = 1_000;
const TRIES = 5;
/** The API server takes no longer message. */
const LONGEST_MESSAGE = 1_024;
/** Events written whose names are remembered, for their counts. */
const MOST_NAMED = 4_096;

/**
 * Tells people what happened to an object. Recording costs the caller nothing and never fails:
 * Events are written one after the other in the background, and dropped when that does not work.
 * Say what went wrong or was put right; success is silent.
 */
export class EventRecorder {
  private readonly correlation: EventCorrelation;
  private readonly waiting: Waiting[] = [];
  private readonly names = new Map<string, string>();
  private readonly stopping = new AbortController();
  private writing: Promise<void> | undefined;

  /**
   * @param component who says so, for example `nexus-tenant-controller`
   * @param instance of this process, for example the pod's name
   */
  constructor(
    private readonly component: string,
    private readonly instance: string,
    private readonly tools: RecorderTools,
  ) {
    this.correlation = new EventCorrelation(tools.clock);
  }

  /** @param reason one word in CamelCase, as in the object's conditions */
  record(subject: EventSubject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    if (this.stopping.signal.aborted) return;
    const { kind, uid = '' } = subject;
    const event = this.correlation.correlate({
      object: [kind.group, kind.kind, objectKey(subject), uid].join(' '),
      type,
      reason,
      message: message.slice(0, LONGEST_MESSAGE),
    });
    if (event === undefined) return;
    if (this.waiting.length >= MOST_WAITING) {
      this.tools.logger.warn('An Event was dropped', { reason, message, why: 'too many wait' });
      return;
    }
    this.waiting.push({ subject, type, reason, event });
    this.writing ??= this.writeAll();
  }

  /** Resolves when what was recorded is written, or dropped. */
  async flushed(): Promise<void> {
    while (this.writing !== undefined) await this.writing;
  }

  /** Writes no more; what waits is dropped. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the recorder was stopped'));
    await this.flushed();
  }

  private async writeAll(): Promise<void> {
    // What is recorded in the same breath is collected first.
    await Promise.resolve();
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      if (!this.stopping.signal.aborted) await this.writeOne(next);
    }
    this.writing = undefined;
  }

  private async writeOne(next: Waiting): Promise<void> {
    const { clock, logger } = this.tools;
    const { signal } = this.stopping;
    const backOff = new BackOff({ firstMs: 500, capMs: 10_000 });
    for (let left = TRIES; left > 0 && !signal.aborted; left--) {
      try {
        await this.write(next);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (left > 1 && isTransient(error)) {
          await clock.sleep(waitAfter(error, backOff), signal);
          continue;
        }
        this.correlation.forget(next.event.key);
        this.names.delete(next.event.key);
        // A namespace that goes takes its Events along: nobody misses this one.
        if (isNamespaceTerminating(error) || isNotFound(error)) return;
        const { reason } = next;
        logger.warn('An Event was dropped', { reason, message: next.event.message, error });
        return;
      }
    }
  }

  private async write(next: Waiting): Promise<void> {
    const { key } = next.event;
    const name = this.names.get(key);
    if (name !== undefined && next.event.count > 1 && (await this.countOn(next, name))) return;
    const object = this.objectOf(next);
    await this.tools.api.create(EVENT, object, { signal: this.stopping.signal });
    this.names.delete(key);
    this.names.set(key, object.metadata.name);
    const [oldest] = this.names.keys();
    if (this.names.size > MOST_NAMED && oldest !== undefined) this.names.delete(oldest);
  }

  /** @returns false when the Event is there no more: they live for an hour */
  private async countOn({ subject, event }: Waiting, name: string): Promise<boolean> {
    const { message, count } = event;
    const patch = { message, count, lastTimestamp: timestamp(event.lastAt) };
    const ref = { namespace: namespaceOf(subject), name };
    try {
      await this.tools.api.mergePatch(EVENT, ref, patch, { signal: this.stopping.signal });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  private objectOf({ subject, type, reason, event }: Waiting): EventObject {
    const { kind, namespace, name, uid } = subject;
    const suffix = randomBytes(8).toString('hex');
    return {
      metadata: {
        namespace: namespaceOf(subject),
        name: `${name.slice(0, 230)}.${suffix}`,
      },
      involvedObject: { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name, uid },
      type,
      reason,
      message: event.message,
      count: event.count,
      firstTimestamp: timestamp(event.firstAt),
      lastTimestamp: timestamp(event.lastAt),
      source: { component: this.component },
      reportingComponent: this.component,
      reportingInstance: this.instance,
    };
  }
}

/** Events of what has no namespace are kept in `default`. */
function namespaceOf({ namespace }: EventSubject): string {
  return namespace ?? 'default';
}

/** RFC 3339 in whole seconds, as this kind wants it. */
function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function waitAfter(error: unknown, backOff: BackOff): number {
  const asked = error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(backOff.next(), asked);
}
