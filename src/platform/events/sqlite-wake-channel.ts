import type { Clock, Timer } from '../clock/clock.js';
import { WakeChannel } from './wake-channel.js';

const ASK_EVERY_MS = 250;

/**
 * Wakes on SQLite, where one server writes and `nexus-admin` may do so beside it. The database does
 * not tell what another process changed, only that it did, so that is a gap.
 */
export class SqliteWakeChannel extends WakeChannel {
  private version: number | undefined;
  private timer: Timer | undefined;
  private stopped = true;

  /** @param readVersion a number that another process's commit changes, and no commit of ours */
  constructor(
    private readonly readVersion: () => Promise<number>,
    clock: Clock,
  ) {
    super(clock);
  }

  override async start(): Promise<void> {
    this.stopped = false;
    await this.ask();
  }

  override async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.heardNothing();
  }

  private async ask(): Promise<void> {
    const askedMs = this.clock.monotonicMs();
    try {
      const version = await this.readVersion();
      if (this.version !== undefined && this.version !== version) this.gap();
      this.version = version;
      if (!this.stopped) this.heardAll(askedMs);
    } catch {
      this.heardNothing();
    }
    if (!this.stopped) this.timer = this.clock.after(ASK_EVERY_MS, () => void this.ask());
  }
}
