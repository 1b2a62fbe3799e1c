/**
 * Decides which addresses a model endpoint may have. An agent's spec names the endpoint, so
 * without this a tenant could reach the cloud's metadata service, the control plane or another
 * tenant's node through the machine. Every address of the name is checked, and the caller connects
 * to the checked ones: asking the name server again could give another answer.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AppError } from '../../platform/errors/app-error.js';
import type { PortRange } from '../node.config.js';
import { modelError } from './model.errors.js';

/** Resolves a host name to all of its addresses. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/** An endpoint together with the only addresses that may be connected to. */
export interface CheckedEndpoint {
  url: URL;
  addresses: LookupAddress[];
}

const FORBIDDEN = blockList(
  ['169.254.0.0/16', 'fe80::/10'],
  // The metadata service of a large cloud under IPv6; it is not link-local there.
  ['fd00:ec2::254/128'],
);
/** Connecting to "any" reaches this machine. */
const THIS_MACHINE = blockList(['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128']);

/**
 * Refuses model endpoints that resolve to link-local addresses or to denied ports of this
 * machine.
 */
export class EndpointGuard {
  /** @param deniedPorts ports of this machine that are not for models */
  constructor(
    private readonly deniedPorts: readonly PortRange[],
    private readonly resolve: Resolve = (hostname) => lookup(hostname, { all: true }),
  ) {}

  /**
   * Resolves and checks an endpoint.
   *
   * @throws AppError `model_endpoint_invalid`, `model_endpoint_refused`; what the name server says
   *   is thrown as it is
   */
  async check(endpoint: string): Promise<CheckedEndpoint> {
    const url = parseEndpoint(endpoint);
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const family = isIP(hostname);
    const addresses = family ? [{ address: hostname, family }] : await this.resolve(hostname);
    if (addresses.length === 0) throw refused(endpoint, 'it has no address');
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    for (const { address } of addresses) this.checkAddress(endpoint, address, port);
    return { url, addresses };
  }

  private checkAddress(endpoint: string, address: string, port: number): void {
    const plain = embeddedIpv4(address) ?? address.split('%')[0] ?? address;
    if (isIn(FORBIDDEN, plain)) throw refused(endpoint, 'it resolves to a link-local address');
    const denied = this.deniedPorts.some(({ from, to }) => port >= from && port <= to);
    if (denied && (isIn(THIS_MACHINE, plain) || ownAddresses().has(plain))) {
      throw refused(endpoint, `port ${port} of this machine is not for models`);
    }
  }
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.parse(endpoint);
  const usable = url && ['http:', 'https:'].includes(url.protocol) && url.hostname !== '';
  if (!usable || url.username !== '' || url.password !== '') {
    throw modelError(
      'model_endpoint_invalid',
      'The model endpoint is not a usable URL.',
      'Give an http or https URL without a user or password; name the key with api_key_env.',
    );
  }
  return url;
}

/** The IPv4 address inside an IPv4-mapped, IPv4-compatible or NAT64 IPv6 address. */
function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined;
  // The URL parser writes IPv6 in its shortest form, with every part in hexadecimal.
  const shortest = URL.parse(`http://[${address.split('%')[0]}]`)?.hostname.slice(1, -1) ?? '';
  const match = /^(?:::ffff:|::|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(shortest);
  if (!match) return undefined;
  const [high, low] = [parseInt(match[1] ?? '', 16), parseInt(match[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function ownAddresses(): Set<string> {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return new Set(interfaces.map(({ address }) => address));
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function blockList(...groups: string[][]): BlockList {
  const list = new BlockList();
  for (const subnet of groups.flat()) {
    const [address = '', prefix] = subnet.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function refused(endpoint: string, why: string): AppError {
  return modelError(
    'model_endpoint_refused',
    `The model endpoint ${endpoint} is refused: ${why}.`,
    'Point the agent at a model server that this node may reach.',
  );
}
