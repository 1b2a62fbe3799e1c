/** The most that a tenant may use. `cpu` and `memory` are Kubernetes quantities. */
export interface Quota {
  maxAgents: number;
  cpu: string;
  memory: string;
}

/** What a tenant gets when nothing is said. */
export const DEFAULT_QUOTA: Quota = { maxAgents: 50, cpu: '2', memory: '4Gi' };

/** A Kubernetes quantity as far as quotas need one: whole numbers with a suffix, or decimals. */
export const QUANTITY = /^(\d{1,9})(\.\d{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;

const SUFFIXES: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The value of a quantity in its base unit: cores or bytes. */
export function quantityValue(quantity: string): number {
  const match = QUANTITY.exec(quantity);
  if (match === null) throw new Error(`"${quantity}" is not a quantity`);
  return Number(`${match[1]}${match[2] ?? ''}`) * (SUFFIXES[match[3] ?? ''] ?? 1);
}

/** The parts of a quota that are above a ceiling. */
export function partsAbove(quota: Quota, ceiling: Quota): (keyof Quota)[] {
  const above: (keyof Quota)[] = [];
  if (quota.maxAgents > ceiling.maxAgents) above.push('maxAgents');
  if (quantityValue(quota.cpu) > quantityValue(ceiling.cpu)) above.push('cpu');
  if (quantityValue(quota.memory) > quantityValue(ceiling.memory)) above.push('memory');
  return above;
}
