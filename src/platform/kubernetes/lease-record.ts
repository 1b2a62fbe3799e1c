import type { KubernetesObject, ResourceKind } from './kubernetes-object.js';

export const LEASE: ResourceKind = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/** The spec of a Lease of `coordination.k8s.io/v1`. Times are RFC 3339 with microseconds. */
export interface LeaseSpec {
  /** Empty when nobody has it. */
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface LeaseObject extends KubernetesObject {
  spec?: LeaseSpec;
}

/** Who asks for the lease, when, and for how long. */
export interface Claim {
  identity: string;
  durationSeconds: number;
  now: Date;
}

/** The spec by which somebody takes the lease, or keeps it. */
export function claimedSpec(before: LeaseSpec | undefined, claim: Claim): LeaseSpec {
  const now = microTime(claim.now);
  const isOurs = before?.holderIdentity === claim.identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    holderIdentity: claim.identity,
    leaseDurationSeconds: claim.durationSeconds,
    acquireTime: isOurs ? (before?.acquireTime ?? now) : now,
    renewTime: now,
    leaseTransitions: isOurs || before === undefined ? transitions : transitions + 1,
  };
}

/** The spec by which the holder gives the lease up: whoever sees it may take it at once. */
export function releasedSpec(before: LeaseSpec | undefined, now: Date): LeaseSpec {
  const time = microTime(now);
  return {
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: before?.leaseTransitions ?? 0,
  };
}

/**
 * Remembers since when a lease has looked as it does, by our own clock: the clocks of others do
 * not matter.
 */
export class LeaseSight {
  private seen: { text: string; sinceMs: number } | undefined;

  /** Whether somebody may take the lease that was just read. */
  isFree({ spec }: LeaseObject, identity: string, nowMs: number): boolean {
    const holder = spec?.holderIdentity ?? '';
    const text = JSON.stringify(spec ?? {});
    if (this.seen?.text !== text) this.seen = { text, sinceMs: nowMs };
    if (holder === '' || holder === identity) return true;
    const durationMs = (spec?.leaseDurationSeconds ?? 0) * 1000;
    return nowMs >= this.seen.sinceMs + durationMs;
  }
}

function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}
