import type { Clock } from '../../../platform/clock/clock.js';

/** Repairs of one and the same field within the span after which somebody else rewrites it. */
const CONTESTED_AFTER = 5;
const SPAN_MS = 60_000;
/** So often such a field is put right all the same. */
const SLOW_MS = 30_000;

/** Notices when somebody else keeps changing what we put right, so that it does not run hot. */
export class RepairPace {
  /** When each field was put right lately, by object and path. */
  private readonly times = new Map<string, number[]>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  /** @param fields of objects, as told */
  repaired(fields: readonly string[]): void {
    const now = this.clock.monotonicMs();
    for (const field of fields) this.times.set(field, [...this.recent(field), now]);
    if (this.times.size > 10_000) this.forgetOld();
  }

  /** Which fields are rewritten by somebody else, and when to put them right again. */
  contested(fields: readonly string[]): { fields: string[]; waitMs: number } | undefined {
    const now = this.clock.monotonicMs();
    const hot = fields.filter((field) => this.recent(field).length >= CONTESTED_AFTER);
    if (hot.length === 0) return undefined;
    const last = Math.max(...hot.map((field) => this.recent(field).at(-1) ?? 0));
    const waitMs = last + SLOW_MS - now;
    return waitMs <= 0 ? undefined : { fields: hot, waitMs };
  }

  private recent(field: string): number[] {
    const sinceMs = this.clock.monotonicMs() - SPAN_MS;
    return (this.times.get(field) ?? []).filter((atMs) => atMs > sinceMs);
  }

  private forgetOld(): void {
    for (const field of [...this.times.keys()]) {
      if (this.recent(field).length === 0) this.times.delete(field);
    }
  }
}
