import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import { plainAddress } from './address.rules.js';

/**
 * Tells the address of callers that the framework never sees, by the same rule: the rightmost one
 * that is not a trusted proxy's.
 *
 * @param trusted addresses and networks of proxies
 */
export function callerAddress(trusted: readonly string[]): (request: IncomingMessage) => string {
  const trusts = proxyAddress.compile([...trusted]);
  return (request) => plainAddress(proxyAddress(request, trusts), request.socket.remoteAddress);
}
