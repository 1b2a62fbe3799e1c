import { createHash } from 'node:crypto';
import type { Clock } from '../../../platform/clock/clock.js';
import { canonicalJson } from '../../../platform/json/canonical-json.js';
import { type ObjectDifference, fieldsOf } from './tenant-differences.js';

/** Repairs of one object from the same state within the span after which somebody is at it. */
const CONTESTED_AFTER = 5;
/** The same where it is another state each time, of the same fields. */
const CONTESTED_AFTER_ANY = 15;
const SPAN_MS = 60_000;
/** So often such an object is put right all the same. */
const SLOW_MS = 30_000;
/** States, and sets of fields, that are remembered before old ones are looked for. */
const MANY = 10_000;

/** Which fields are rewritten by somebody else, and when to put them right again. */
export interface Contest {
  fields: string[];
  waitMs: number;
}

/** Notices when somebody else changes an object again and again, so that it does not run hot. */
export class RepairPace {
  /** When each state of an object, and each set of its fields, was put right lately. */
  private readonly times = new Map<string, number[]>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {}

  repaired(difference: ObjectDifference): void {
    const nowMs = this.clock.monotonicMs();
    for (const { key } of marksOf(difference)) this.times.set(key, [...this.recent(key), nowMs]);
    if (this.times.size > MANY) this.forgetOld();
  }

  contested(differences: readonly ObjectDifference[]): Contest | undefined {
    const hot = differences.filter((difference) => this.isHot(difference));
    if (hot.length === 0) return undefined;
    const times = hot.flatMap(marksOf).flatMap(({ key }) => this.recent(key));
    const waitMs = Math.max(...times) + SLOW_MS - this.clock.monotonicMs();
    if (waitMs <= 0) return undefined;
    return { fields: hot.flatMap(fieldsOf), waitMs };
  }

  private isHot(difference: ObjectDifference): boolean {
    return marksOf(difference).some(({ key, most }) => this.recent(key).length >= most);
  }

  private recent(key: string): number[] {
    const sinceMs = this.clock.monotonicMs() - SPAN_MS;
    return (this.times.get(key) ?? []).filter((atMs) => atMs > sinceMs);
  }

  private forgetOld(): void {
    for (const key of this.times.keys()) {
      if (this.recent(key).length === 0) this.times.delete(key);
    }
  }
}

/** What repairs are counted by, and how many of each there may be. */
function marksOf(difference: ObjectDifference): { key: string; most: number }[] {
  return [
    { key: stateOf(difference), most: CONTESTED_AFTER },
    { key: placesOf(difference), most: CONTESTED_AFTER_ANY },
  ];
}

function placesOf({ applied, paths }: ObjectDifference): string {
  const { kind, metadata } = applied;
  return [metadata.namespace, kind, metadata.name, ...paths].join(' ');
}

/** The object, and what somebody else has made of it; what only the server writes is left out. */
function stateOf({ applied, live }: ObjectDifference): string {
  const { kind, metadata } = applied;
  const { metadata: now, ...fields } = (live ?? {}) as Partial<typeof applied>;
  const theirs = { ...fields, status: null, labels: now?.labels, annotations: now?.annotations };
  const hash = createHash('sha256').update(canonicalJson(theirs)).digest('base64');
  return [metadata.namespace, kind, metadata.name, hash].join(' ');
}
