import type { AuditActor } from './audit-trail.service.js';

/** Refusals of one actor in a minute that are recorded one by one. */
export const MOST_AN_ACTOR = 60;
/** Addresses that are told apart in a minute; those beyond are summed up. */
export const MOST_ADDRESSES = 1_000;

/** Refusals by their code. */
export type Counts = Record<string, number>;

/** Refusals that were only counted. */
export interface Counted {
  actor: AuditActor;
  /** The tenant that all of them are about, if there is one. */
  tenantId: string | null;
  /** `refused.many` of a known actor, `refused.unknown` of an address. */
  action: string;
  counts: Counts;
}

interface SeenActor {
  actor: AuditActor;
  seen: number;
  tenantId: string | null;
  counts: Counts;
}

/** Counts the refusals of one minute, so that nobody can fill the audit by being refused. */
export class RefusalWindow {
  private readonly actors = new Map<string, SeenActor>();
  private readonly addresses = new Map<string, Counts>();
  private readonly beyond: Counts = {};

  get isEmpty(): boolean {
    return this.actors.size === 0 && this.addresses.size === 0;
  }

  /** Counts a refusal of a known actor. @returns whether it is to be recorded by itself */
  countActor(actor: AuditActor, tenantId: string | null, code: string): boolean {
    const key = `${actor.kind} ${actor.id}`;
    let seen = this.actors.get(key);
    if (seen === undefined) {
      seen = { actor, seen: 0, tenantId, counts: {} };
      this.actors.set(key, seen);
    }
    seen.seen++;
    if (seen.seen <= MOST_AN_ACTOR) return true;
    if (Object.keys(seen.counts).length === 0) seen.tenantId = tenantId;
    else if (seen.tenantId !== tenantId) seen.tenantId = null;
    add(seen.counts, code);
    return false;
  }

  /** Counts a refusal of somebody unknown. */
  countAddress(address: string, code: string): void {
    let counts = this.addresses.get(address);
    if (counts === undefined && this.addresses.size < MOST_ADDRESSES) {
      counts = {};
      this.addresses.set(address, counts);
    }
    add(counts ?? this.beyond, code);
  }

  /** What was counted and not recorded yet; the window is empty afterwards. */
  drain(): Counted[] {
    const actors = [...this.actors.values()].map(({ actor, tenantId, counts }) => ({
      actor,
      tenantId,
      action: 'refused.many',
      counts,
    }));
    const addresses = [...this.addresses, ['other addresses', { ...this.beyond }] as const].map(
      ([address, counts]) => ({
        actor: { kind: 'address', id: address, label: address } as const,
        tenantId: null,
        action: 'refused.unknown',
        counts,
      }),
    );
    this.actors.clear();
    this.addresses.clear();
    for (const code of Object.keys(this.beyond)) delete this.beyond[code];
    return [...actors, ...addresses].filter(({ counts }) => Object.keys(counts).length > 0);
  }
}

function add(counts: Counts, code: string): void {
  counts[code] = (counts[code] ?? 0) + 1;
}
