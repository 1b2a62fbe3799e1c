import type { Clock } from '../clock/clock.js';

const FRESH_FOR_MS = 60_000;
const LONGEST_WAIT_MS = 1_000;

/** Rows by table, counted at most once a minute, and only when somebody asks. */
export class TableSizes {
  private known: ReadonlyMap<string, number> = new Map();
  private countedAtMs: number | undefined;
  private counting: Promise<void> | undefined;

  constructor(
    private readonly count: () => Promise<ReadonlyMap<string, number>>,
    private readonly clock: Clock,
  ) {}

  /** What was counted last; waits a second at most for a count that is under way. */
  async read(): Promise<ReadonlyMap<string, number>> {
    if (this.isStale()) this.counting ??= this.countAgain();
    if (this.counting !== undefined) {
      const given = new AbortController();
      await Promise.race([this.counting, this.clock.sleep(LONGEST_WAIT_MS, given.signal)]);
      given.abort();
    }
    return this.known;
  }

  private isStale(): boolean {
    const now = this.clock.monotonicMs();
    return this.countedAtMs === undefined || now - this.countedAtMs >= FRESH_FOR_MS;
  }

  private async countAgain(): Promise<void> {
    this.countedAtMs = this.clock.monotonicMs();
    try {
      this.known = await this.count();
    } catch {
      // The sizes of before are better than none; the database is looked at by the health check.
    } finally {
      this.counting = undefined;
    }
  }
}
