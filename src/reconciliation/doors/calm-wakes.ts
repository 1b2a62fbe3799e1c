import type { Clock, Timer } from '../../platform/clock/clock.js';

export interface CalmOptions {
  /** Nothing came for so long. */
  calmMs: number;
  /** Since the first that was not passed on, however many come. */
  atMostMs: number;
}

interface Burst {
  firstMs: number;
  timer: Timer;
}

/** Passes on one wake for all that come of a key until it is calm. */
export class CalmWakes {
  private readonly bursts = new Map<string, Burst>();

  constructor(
    private readonly clock: Clock,
    private readonly options: CalmOptions,
    private readonly wake: (key: string) => void,
  ) {}

  /** Something came of a key. */
  add(key: string): void {
    const nowMs = this.clock.monotonicMs();
    const before = this.bursts.get(key);
    before?.timer.cancel();
    const firstMs = before?.firstMs ?? nowMs;
    const { calmMs, atMostMs } = this.options;
    const delayMs = Math.min(calmMs, firstMs + atMostMs - nowMs);
    const timer = this.clock.after(delayMs, () => {
      this.bursts.delete(key);
      this.wake(key);
    });
    this.bursts.set(key, { firstMs, timer });
  }

  /** Forgets what was not passed on. */
  clear(): void {
    for (const { timer } of this.bursts.values()) timer.cancel();
    this.bursts.clear();
  }
}
