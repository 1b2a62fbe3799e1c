import type { Clock } from '../clock/clock.js';

// What becomes of an Event before it is written: the same one again is counted on, many of one
// reason become one, and an object that goes on and on is no longer listened to. The numbers are
// those of client-go.

/** One thing to say about one object. */
export interface EventFacts {
  /** What the object is: its kind, namespace, name and uid in one text. */
  readonly object: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** How an Event is written; undefined when it is not. */
export interface CorrelatedEvent {
  /** Events of one key are one object of the API. */
  readonly key: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** As many of one object at once, then one in `REFILL_MS`. */
const BURST = 25;
const REFILL_MS = 300_000;
/** So many different messages of one reason within the window become one Event. */
const MOST_SIMILAR = 10;
const WINDOW_MS = 600_000;
/** What is remembered; the oldest goes first. */
const MOST_REMEMBERED = 4_096;

interface Counted {
  count: number;
  firstAt: Date;
}

interface Similar {
  messages: Set<string>;
  lastMs: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Decides for each thing that is said how, and whether, it is written; asks nobody. */
export class EventCorrelation {
  private readonly counted = new Map<string, Counted>();
  private readonly similar = new Map<string, Similar>();
  private readonly buckets = new Map<string, Bucket>();

  constructor(private readonly clock: Clock) {}

  /** Counts an Event in. */
  correlate(facts: EventFacts): CorrelatedEvent | undefined {
    const { key, message } = this.aggregate(facts);
    if (!this.spend(facts.object)) return undefined;
    const lastAt = this.clock.now();
    const before = this.counted.get(key);
    const next = { count: (before?.count ?? 0) + 1, firstAt: before?.firstAt ?? lastAt };
    remember(this.counted, key, next);
    return { key, message, lastAt, ...next };
  }

  /** The Event of this key is no more: the next one begins anew. */
  forget(key: string): void {
    this.counted.delete(key);
  }

  private aggregate({ object, type, reason, message }: EventFacts): {
    key: string;
    message: string;
  } {
    const group = [object, type, reason].join('\n');
    const nowMs = this.clock.monotonicMs();
    const before = this.similar.get(group);
    const isOld = before === undefined || nowMs - before.lastMs > WINDOW_MS;
    const messages = isOld ? new Set<string>() : before.messages;
    if (messages.size <= MOST_SIMILAR) messages.add(message);
    remember(this.similar, group, { messages, lastMs: nowMs });
    return messages.size > MOST_SIMILAR
      ? { key: group, message: `(combined from similar events): ${message}` }
      : { key: `${group}\n${message}`, message };
  }

  private spend(object: string): boolean {
    const nowMs = this.clock.monotonicMs();
    const before = this.buckets.get(object) ?? { tokens: BURST, atMs: nowMs };
    const tokens = Math.min(before.tokens + (nowMs - before.atMs) / REFILL_MS, BURST);
    const isAllowed = tokens >= 1;
    remember(this.buckets, object, { tokens: isAllowed ? tokens - 1 : tokens, atMs: nowMs });
    return isAllowed;
  }
}

function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.delete(key);
  memory.set(key, value);
  if (memory.size <= MOST_REMEMBERED) return;
  const [oldest] = memory.keys();
  if (oldest !== undefined) memory.delete(oldest);
}
