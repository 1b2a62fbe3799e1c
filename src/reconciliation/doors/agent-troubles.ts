import type { Condition } from '../../platform/controller/conditions.js';
import type { DoorNotice } from './resource-status.js';

/** Not being ready is no news of an agent's own: its tenant tells why, or somebody wants it so. */
const EXPECTED = new Set(['NodeNotReady', 'Suspended', 'Paused']);

/**
 * What of an agent's conditions is worth an Event. Success is silent, and so is what befalls all
 * agents of a node at once.
 *
 * @returns each reason once
 */
export function troublesOf(
  conditions: readonly Condition[],
): Pick<DoorNotice, 'reason' | 'message'>[] {
  const troubles = new Map(
    conditions.filter(isTrouble).map(({ reason, message }) => [reason, { reason, message }]),
  );
  return [...troubles.values()];
}

function isTrouble({ type, status, reason }: Condition): boolean {
  if (type === 'Ready') return status === 'False' && !EXPECTED.has(reason);
  return (type === 'Stalled' || type === 'Degraded') && status === 'True';
}
