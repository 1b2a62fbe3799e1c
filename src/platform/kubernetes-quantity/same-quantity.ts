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
  if (whole === '' && fraction === '') return undefined;
  const power = exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent);
  const binary = BINARY.indexOf(suffix);
  const digits = BigInt(`${whole}${fraction}`) * 1024n ** BigInt(Math.max(binary, 0));
  const shift = power + 3 - fraction.length;
  const value =
    shift >= 0 ? digits * 10n ** BigInt(shift) : roundedUp(digits, 10n ** BigInt(-shift));
  return sign === '-' ? -value : value;
}

function roundedUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}
