import { quantityValue } from '../platform/kubernetes-quantity/quantity.js';

/** The most that a tenant may use. `cpu` and `memory` are Kubernetes quantities. */
export interface Quota {
  maxAgents: number;
  cpu: string;
  memory: string;
}

/** What a tenant gets when nothing is said. */
export const DEFAULT_QUOTA: Quota = { maxAgents: 50, cpu: '2', memory: '4Gi' };

/** The parts of a quota that are above a ceiling. */
export function partsAbove(quota: Quota, ceiling: Quota): (keyof Quota)[] {
  const above: (keyof Quota)[] = [];
  if (quota.maxAgents > ceiling.maxAgents) above.push('maxAgents');
  if (quantityValue(quota.cpu) > quantityValue(ceiling.cpu)) above.push('cpu');
  if (quantityValue(quota.memory) > quantityValue(ceiling.memory)) above.push('memory');
  return above;
}
