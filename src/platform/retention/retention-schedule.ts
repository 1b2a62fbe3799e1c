import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock, type Timer } from '../clock/clock.js';
import { Lease } from '../database/lease.js';
import { Logger } from '../logging/logger.js';
import { type Pruner, Retention } from './retention.js';

const FIRST_AFTER_MS = 60_000;
const EVERY_MS = 60 * 60_000;
const ROWS_AT_ONCE = 500;
const PAUSE_MS = 200;

/**
 * Removes every hour what is past its time, in small units with pauses between, so that nobody
 * waits long for the database; only while this process holds the lease.
 */
@Injectable()
export class RetentionSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: Timer | undefined;
  private readonly stopping = new AbortController();
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly retention: Retention,
    private readonly lease: Lease,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(FIRST_AFTER_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.timer?.cancel();
    this.stopping.abort();
    await this.underWay;
  }

  private schedule(afterMs: number): void {
    this.timer = this.clock.after(afterMs, () => {
      this.underWay = this.pruneAll();
      this.schedule(EVERY_MS);
    });
  }

  /** What fails does not keep the rest from being removed. */
  private async pruneAll(): Promise<void> {
    for (const pruner of this.retention.all()) {
      try {
        const removed = await this.pruneKind(pruner);
        if (removed > 0) this.logger.log('Old rows removed', { rows: pruner.name, removed });
      } catch (error) {
        this.logger.warn('Old rows could not be removed', { rows: pruner.name, error });
      }
    }
  }

  private async pruneKind(pruner: Pruner): Promise<number> {
    let removed = 0;
    while (this.lease.held && !this.stopping.signal.aborted) {
      const found = await pruner.prune(this.clock.now(), ROWS_AT_ONCE);
      removed += found;
      if (found < ROWS_AT_ONCE) break;
      await this.clock.sleep(PAUSE_MS, this.stopping.signal);
    }
    return removed;
  }
}
