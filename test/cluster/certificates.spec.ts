import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { CertificateAuthority } from './certificates.js';

const authority = new CertificateAuthority();
const root = new X509Certificate(authority.certificate);

it('makes an authority that has signed itself', () => {
  expect(root.ca).toBe(true);
  expect(root.verify(root.publicKey)).toBe(true);
});

it('certifies a server for its names and addresses', () => {
  const hosts = ['127.0.0.1', 'kubernetes.default.svc'];
  const { certificate, key } = authority.issue({ commonName: 'server', hosts });
  const server = new X509Certificate(certificate);
  expect(server.verify(root.publicKey)).toBe(true);
  expect(server.checkIssued(root)).toBe(true);
  expect(server.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(server.checkIP('127.0.0.2')).toBeUndefined();
  expect(server.checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
  expect(server.ca).toBe(false);
});

it('certifies a client by its name and its group, for two days', () => {
  const subject = { commonName: 'admin', organization: 'system:masters' };
  const client = new X509Certificate(authority.issue(subject).certificate);
  expect(client.subject.split('\n')).toEqual(['O=system:masters', 'CN=admin']);
  expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  const days = (new Date(client.validTo).getTime() - Date.now()) / 86_400_000;
  expect(Math.round(days)).toBe(2);
});
