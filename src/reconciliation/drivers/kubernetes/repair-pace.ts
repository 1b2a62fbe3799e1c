import { createHash } from 'node:crypto';
import type { Clock } from '../../../platform/clock/clock.js';
import { canonicalJson } from '../../../platform/json/canonical-json.js';
import { type ObjectDifference, fieldsOf } from './tenant-differences.js';

/** Repairs of one object from the same state within the span after which somebody is at it. */
const CONTESTED_AFTER = 5;
const SPAN_MS = 60_000;
/** So often such an object is put right all the same. */
const SLOW_MS = 30_000;
/** States that are remembered before old ones are looked for. */
const MANY = 10_000;

/** Which fields are rewritten by somebody else, and when to put them right again. */
export interface Contest {
  fields: string[];
  waitMs: number;
}

/** Notices when somebody else changes an object again and again, so that it does not run hot. */
export class RepairPace {
  /** When each state of an object was put right lately. */
  private readonly times = new Map<string, number[]>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  repaired(difference: ObjectDifference): void {
    const state = stateOf(difference);
    this.times.set(state, [...this.recent(state), this.clock.monotonicMs()]);
    if (this.times.size > MANY) this.forgetOld();
  }

  contested(differences: readonly ObjectDifference[]): Contest | undefined {
    const hot = differences
      .map((difference) => ({ difference, times: this.recent(stateOf(difference)) }))
      .filter(({ times }) => times.length >= CONTESTED_AFTER);
    if (hot.length === 0) return undefined;
    const lastMs = Math.max(...hot.map(({ times }) => times.at(-1) ?? 0));
    const waitMs = lastMs + SLOW_MS - this.clock.monotonicMs();
    if (waitMs <= 0) return undefined;
    return { fields: hot.flatMap(({ difference }) => fieldsOf(difference)), waitMs };
  }

  private recent(state: string): number[] {
    const sinceMs = this.clock.monotonicMs() - SPAN_MS;
    return (this.times.get(state) ?? []).filter((atMs) => atMs > sinceMs);
  }

  private forgetOld(): void {
    for (const state of this.times.keys()) {
      if (this.recent(state).length === 0) this.times.delete(state);
    }
  }
}

/** The object, and what somebody else has made of it; what only the server writes is left out. */
function stateOf({ applied, live }: ObjectDifference): string {
  const { kind, metadata } = applied;
  const { metadata: now, ...fields } = (live ?? {}) as Partial<typeof applied>;
  const theirs = { ...fields, status: null, labels: now?.labels, annotations: now?.annotations };
  const hash = createHash('sha256').update(canonicalJson(theirs)).digest('base64');
  return [metadata.namespace, kind, metadata.name, hash].join(' ');
}
