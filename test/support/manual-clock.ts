import { Clock, type Timer } from '../../src/platform/clock/clock.js';

interface Pending {
  dueMs: number;
  order: number;
  callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock extends Clock {
  private elapsedMs = 0;
  private order = 0;
  private readonly pending = new Set<Pending>();

  constructor(private readonly start = new Date('2026-01-01T00:00:00.000Z')) {
    super();
  }

  now(): Date {
    return new Date(this.start.getTime() + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const entry = { dueMs: this.elapsedMs + Math.max(delayMs, 0), order: this.order++, callback };
    this.pending.add(entry);
    return { cancel: () => void this.pending.delete(entry) };
  }

  /** How many timers wait. */
  get timers(): number {
    return this.pending.size;
  }

  /** Moves time on, firing what falls due in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    await settle();
    const until = this.elapsedMs + ms;
    for (let next = this.nextDue(until); next; next = this.nextDue(until)) {
      this.pending.delete(next);
      this.elapsedMs = Math.max(this.elapsedMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.elapsedMs = until;
    await settle();
  }

  private nextDue(until: number): Pending | undefined {
    return [...this.pending]
      .filter((entry) => entry.dueMs <= until)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }
}

/** Lets every promise that is already resolved run its reactions. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
