import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { EndpointGuard } from './endpoint-guard.js';

const DENIED = [
  { from: 8080, to: 8080 },
  { from: 24_000, to: 24_010 },
];
const REFUSED = expect.objectContaining({ code: 'model_endpoint_refused' });

function guard(...addresses: string[]): EndpointGuard {
  return new EndpointGuard(DENIED, async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
}

describe('EndpointGuard', () => {
  it.each([
    'http://169.254.169.254/latest',
    'http://169.254.0.1:11434',
    'http://[fe80::1]:11434',
    'http://[febf::1]',
    'http://[::ffff:169.254.169.254]',
    'http://[::ffff:a9fe:a9fe]',
    'http://[64:ff9b::a9fe:a9fe]',
    'http://[fd00:ec2::254]',
    'http://0xa9fea9fe',
    'http://2852039166',
    'http://0251.0376.0251.0376',
    'http://169.254.43518',
  ])('refuses the link-local %s', async (endpoint) => {
    await expect(guard().check(endpoint)).rejects.toEqual(REFUSED);
  });

  it.each([
    'http://127.0.0.1:8080',
    'http://127.1.2.3:24005',
    'http://0.0.0.0:8080',
    'http://0:8080',
    'http://[::1]:8080',
    'http://[::]:8080',
    'http://[::ffff:127.0.0.1]:8080',
    'http://[::ffff:0:0]:8080',
    'http://2130706433:8080',
    'http://0x7f.1:8080',
    'https://127.0.0.1:24010/v1',
  ])('refuses %s: a port of this machine that is not for models', async (endpoint) => {
    await expect(guard().check(endpoint)).rejects.toEqual(REFUSED);
  });

  it('refuses a denied port on the other addresses of this machine', async () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    for (const { address, family } of own.filter((one) => !one.address.startsWith('fe80'))) {
      const host = family === 'IPv6' ? `[${address}]` : address;
      await expect(guard().check(`http://${host}:8080`)).rejects.toEqual(REFUSED);
    }
    expect(own.length).toBeGreaterThan(0);
  });

  it('checks every address of a name', async () => {
    const endpoint = 'http://model.test:8080';
    await expect(guard('192.0.2.1', '169.254.1.1').check(endpoint)).rejects.toEqual(REFUSED);
    await expect(guard('192.0.2.1', '::1').check(endpoint)).rejects.toEqual(REFUSED);
    await expect(guard('192.0.2.1', 'fe80::1%eth0').check(endpoint)).rejects.toEqual(REFUSED);
    await expect(guard().check(endpoint)).rejects.toEqual(REFUSED);
    const { addresses } = await guard('192.0.2.1', '2001:db8::1').check(endpoint);
    expect(addresses.map(({ address }) => address)).toEqual(['192.0.2.1', '2001:db8::1']);
  });

  it('lets other ports of this machine and other machines be models', async () => {
    for (const endpoint of [
      'http://127.0.0.1:11434',
      'http://[::1]:8079',
      'http://192.0.2.1:8080',
    ]) {
      const { url, addresses } = await guard().check(endpoint);
      expect(url.href).toBe(`${endpoint}/`);
      expect(addresses).toHaveLength(1);
    }
  });

  it('asks the system about a name', async () => {
    const { addresses } = await new EndpointGuard(DENIED).check('http://localhost:11434');
    expect(addresses.length).toBeGreaterThan(0);
    await expect(new EndpointGuard(DENIED).check('http://localhost:8080')).rejects.toEqual(REFUSED);
  });

  it.each([
    '',
    'nonsense',
    'ftp://host/x',
    'file:///etc/passwd',
    'http://u:p@host',
    'http://[fe80::1%eth0]',
  ])('finds "%s" unusable', async (endpoint) => {
    await expect(guard('192.0.2.1').check(endpoint)).rejects.toEqual(
      expect.objectContaining({ code: 'model_endpoint_invalid' }),
    );
  });
});
