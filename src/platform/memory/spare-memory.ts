import type { Clock, Timer } from '../clock/clock.js';
import type { Logger } from '../logging/logger.js';
import type { ProcessMemory } from './process-memory.js';

const LOOK_EVERY_MS = 5_000;
/** So many looks in a row that found little to do. */
const CALM_LOOKS = 2;
const CALM_BUSY_SHARE = 0.1;
/** Less than this over what was left the last time is not worth the pause. */
const WORTH_IT = 1.15;

/**
 * Gives memory back to the system when there is little to do. V8 keeps the pages that a busy time
 * has needed until it collects in order to save memory, which it does by itself only where nearly
 * nothing happens. The collection stops the thread, for 0.1 s of a small server and for 0.2 to 0.3 s
 * where 150 MB live, which is why it waits for calm.
 */
export class SpareMemory {
  private timer: Timer | undefined;
  private calmLooks = 0;
  /** Bytes that were left the last time. */
  private least: number | undefined;

  constructor(
    private readonly memory: ProcessMemory,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  start(): void {
    // What was busy until now does not count.
    this.memory.busyShare();
    this.timer = this.clock.after(LOOK_EVERY_MS, () => this.look());
  }

  stop(): void {
    this.timer?.cancel();
  }

  private look(): void {
    this.calmLooks = this.memory.busyShare() <= CALM_BUSY_SHARE ? this.calmLooks + 1 : 0;
    if (this.calmLooks >= CALM_LOOKS && this.isWorthIt()) this.giveBack();
    this.timer = this.clock.after(LOOK_EVERY_MS, () => this.look());
  }

  private isWorthIt(): boolean {
    return this.least === undefined || this.memory.residentBytes() > this.least * WORTH_IT;
  }

  private giveBack(): void {
    const beforeBytes = this.memory.residentBytes();
    const startedMs = this.clock.monotonicMs();
    this.memory.giveBack();
    const tookMs = Math.round(this.clock.monotonicMs() - startedMs);
    this.least = this.memory.residentBytes();
    this.logger.debug('Memory given back', { beforeBytes, afterBytes: this.least, tookMs });
  }
}
