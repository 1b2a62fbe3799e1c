import type { Condition } from '../../platform/controller/conditions.js';

// Which conditions are told in Events as well. What works, and what is only under way, is silent.

/** Reasons that everything goes through in its usual course, or that somebody asked for. */
const USUAL: ReadonlySet<string> = new Set([
  'NodeStarting',
  'NodeRestarting',
  'NodeNotReady',
  'RolloutWaiting',
  'Suspended',
  'Paused',
]);

/** What a namespace that is meant to go says when something in it may keep it. */
const KEPT = 'finalizers remaining';

/** A status, as far as its news are told. */
export interface ToldStatus {
  readonly phase?: string | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

/**
 * The troubles of a status that the one before did not tell of; each once, however many conditions
 * it is the reason of. Pure.
 */
export function troublesIn(
  before: ToldStatus | undefined,
  { phase, conditions = [] }: ToldStatus,
): Pick<Condition, 'reason' | 'message'>[] {
  const known = new Set((before?.conditions ?? []).filter(isTrouble).map(textOf));
  const found = new Map<string, Condition>();
  for (const condition of conditions.filter(isTrouble)) {
    const isMeant = phase === 'Deleting' && !condition.message.includes(KEPT);
    if (!isMeant && !known.has(textOf(condition))) found.set(textOf(condition), condition);
  }
  return [...found.values()].map(({ reason, message }) => ({ reason, message }));
}

function isTrouble({ type, status, reason }: Condition): boolean {
  return status === (type === 'Ready' ? 'False' : 'True') && !USUAL.has(reason);
}

function textOf({ reason, message }: Condition): string {
  return `${reason} ${message}`;
}
