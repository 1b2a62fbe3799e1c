import type { z } from 'zod';
import type { conditionSchema } from './condition.schemas.js';

/** A condition as Kubernetes writes them. */
export type Condition = z.output<typeof conditionSchema>;

/** A condition without the time, which follows from what was there before. */
export type ConditionState = Omit<Condition, 'lastTransitionTime'>;

/**
 * Carries the times over: a condition keeps its time until its status flips. What is not in
 * `next` is gone, so that `Reconciling` and `Stalled` are there only while they are true.
 */
export function carryTimes(
  before: readonly Condition[],
  next: readonly ConditionState[],
  now: string,
): Condition[] {
  return next.map((state) => {
    const former = findCondition(before, state.type);
    const kept = former?.status === state.status ? former.lastTransitionTime : now;
    return { ...state, lastTransitionTime: kept };
  });
}

/** The condition of a type, for example `Ready`; undefined when it is not in the list. */
export function findCondition(list: readonly Condition[], type: string): Condition | undefined {
  return list.find((condition) => condition.type === type);
}
