import type { HeldAgent } from '../node-knowledge.js';

/** What to do on the node for one agent, in order. */
export type AgentOperation =
  | { readonly kind: 'register' }
  | { readonly kind: 'deploy' }
  | { readonly kind: 'pause' }
  /** Compare what the node holds now. */
  | { readonly kind: 'verify' };

/** What is wanted of an agent on its node. */
export interface AgentWish {
  /** Canonical JSON. */
  spec: string;
  paused: boolean;
}

/**
 * Decides what brings an agent on the node to what is wanted. Pure; nothing to do is no operation.
 *
 * A registered spec serves only once it is deployed, and only what is deployed can be paused. So a
 * new spec for a paused agent is deployed and paused at once.
 *
 * @param held what the node holds; undefined when it has no such agent
 */
export function planAgent(wish: AgentWish, held: HeldAgent | undefined): AgentOperation[] {
  const same = held?.spec === wish.spec;
  const status = same ? held.status : 'draft';
  if (status === (wish.paused ? 'paused' : 'deployed')) return [];
  const steps: AgentOperation[] = [];
  if (!same) steps.push({ kind: 'register' });
  if (status !== 'deployed') steps.push({ kind: 'deploy' });
  if (wish.paused) steps.push({ kind: 'pause' });
  if (!same) steps.push({ kind: 'verify' });
  return steps;
}

/** What counts as not deployed, so that it is deployed once more: a neighbour was in the way. */
export function doubted(held: HeldAgent | undefined): HeldAgent | undefined {
  return held && { ...held, status: 'draft' };
}
