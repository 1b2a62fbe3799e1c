/** Any quantity that an API server may give back. */
const QUANTITY = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|([num]|[kMGTPE]|[KMGTPE]i))?$/;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Whether two texts are the same amount, as an API server keeps amounts of resources: rounded up
 * to a thousandth. What is no quantity is the same as nothing but itself.
 */
export function sameQuantity(one: string, other: string): boolean {
  if (one === other) return true;
  const [first, second] = [thousandths(one), thousandths(other)];
  return first !== undefined && first === second;
}

function thousandths(text: string): bigint | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent, suffix = ''] = match;
  const digits = `${whole}${fraction}`;
  if (digits === '') return undefined;
  const power = Number(exponent ?? DECIMAL[suffix] ?? 0);
  const scaled = BigInt(digits) * 1024n ** BigInt(Math.max(BINARY.indexOf(suffix), 0));
  const value = shifted(scaled, power + 3 - fraction.length);
  return sign === '-' ? -value : value;
}

/** Times a power of ten, rounded up. */
function shifted(value: bigint, power: number): bigint {
  return power >= 0 ? value * 10n ** BigInt(power) : roundedUp(value, 10n ** BigInt(-power));
}

function roundedUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}
