import { describe, expect, it } from 'vitest';
import { networkOf, plainAddress } from './address.rules.js';

describe('the address of a caller', () => {
  it.each([
    ['192.0.2.7', '10.0.0.1', '192.0.2.7'],
    ['2001:DB8::1', '10.0.0.1', '2001:db8::1'],
    ['::ffff:192.0.2.7', undefined, '192.0.2.7'],
    ['fe80::1%eth0', undefined, 'fe80::1'],
    ['anything at all', '10.0.0.1', '10.0.0.1'],
    ['', '::ffff:10.0.0.1', '10.0.0.1'],
    ['', undefined, ''],
  ])('%j over %j is %j', (claimed, connected, plain) => {
    expect(plainAddress(claimed, connected)).toBe(plain);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::ffff:1.2.3.4', '0:0:0:0::/64'],
    ['', ''],
  ])('%j counts as %j', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
