import type { Clock } from '../../../platform/clock/clock.js';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A node that ran this long starts again at once, with a clean record. */
const STEADY_MS = 60_000;

interface Fall {
  count: number;
  earliestMs: number;
  how: string;
}

/** Slows down the restarts of a node that keeps ending: 0, 0.5, 1, 2 … 30 seconds. */
export class RestartDelays {
  private readonly falls = new Map<string, Fall>();

  constructor(private readonly clock: Clock) {}

  /** Notes that a node ended after running for so long. */
  ended(key: string, ranMs: number, how: string): void {
    const before = ranMs >= STEADY_MS ? 0 : (this.falls.get(key)?.count ?? 0);
    const delayMs = before === 0 ? 0 : Math.min(FIRST_MS * 2 ** (before - 1), LONGEST_MS);
    const earliestMs = this.clock.monotonicMs() + delayMs;
    this.falls.set(key, { count: before + 1, earliestMs, how });
  }

  /** Milliseconds until the node may be started again. */
  remainingMs(key: string): number {
    const fall = this.falls.get(key);
    return fall === undefined ? 0 : Math.max(0, fall.earliestMs - this.clock.monotonicMs());
  }

  lastExit(key: string): string | undefined {
    return this.falls.get(key)?.how;
  }

  forget(key: string): void {
    this.falls.delete(key);
  }
}
