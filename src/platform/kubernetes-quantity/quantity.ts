/** A Kubernetes quantity as far as quotas need one: whole numbers with a suffix, or decimals. */
export const QUANTITY = /^(\d{1,15})(\.\d{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;

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
