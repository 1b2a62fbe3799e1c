import { isIP } from 'node:net';

// Addresses of callers, as they are stored and counted.

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
/** A customer of a provider has a whole /64, and could count from zero in each of its addresses. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/**
 * The address of a caller in its plain form.
 *
 * @param claimed the one that trusted proxies vouch for, which may be any text
 * @param connected the one that is connected
 */
export function plainAddress(claimed: string, connected: string | undefined): string {
  const address = isIP(claimed) === 0 ? (connected ?? '') : claimed;
  return MAPPED.exec(address)?.[1] ?? address.split('%', 1)[0]?.toLowerCase() ?? '';
}

/** What attempts of an address are counted by: itself, or the /64 network of an IPv6 one. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::', 2);
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
