/**
 * A throw-away certificate authority. Node signs and knows keys, but makes no certificates: what is
 * written here is the DER of X.509 version 3 (RFC 5280), as much of it as a cluster needs.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

const DAY_MS = 86_400_000;
const VALID_DAYS = 2;

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  organization: '2.5.4.10',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  subjectKeyIdentifier: '2.5.29.14',
  authorityKeyIdentifier: '2.5.29.35',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

/** A certificate and its key, as PEM. */
export interface Certified {
  certificate: string;
  key: string;
}

/** Whom a certificate is for. Kubernetes reads the user from `commonName`, groups from the other. */
export interface Subject {
  commonName: string;
  organization?: string;
  /** Names and IPv4 addresses of a server; a certificate without is for a client. */
  hosts?: readonly string[];
}

/** Signs certificates for two days. */
export class CertificateAuthority {
  private readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly name = nameOf({
    commonName: `test authority ${randomBytes(4).toString('hex')}`,
  });
  /** Its own certificate, as PEM. */
  readonly certificate = this.sign(this.name, this.keys.publicKey, [
    extension(OID.basicConstraints, sequence(tagged(0x01, Buffer.from([0xff]))), true),
    // keyCertSign and cRLSign.
    extension(OID.keyUsage, tagged(0x03, Buffer.from([1, 0x06])), true),
  ]);

  /** A key pair and the certificate that says whose it is. */
  issue(subject: Subject): Certified {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { hosts } = subject;
    const use = oid(hosts === undefined ? OID.clientAuth : OID.serverAuth);
    const extensions = [extension(OID.extendedKeyUsage, sequence(use))];
    if (hosts !== undefined) {
      extensions.push(extension(OID.subjectAltName, sequence(...hosts.map(hostName))));
    }
    return {
      certificate: this.sign(nameOf(subject), publicKey, extensions),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }

  private sign(subject: Buffer, key: KeyObject, extensions: readonly Buffer[]): string {
    const algorithm = sequence(oid(OID.ecdsaWithSha256));
    const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
    const now = Date.now();
    const identifiers = [
      extension(OID.subjectKeyIdentifier, tagged(0x04, identifierOf(key))),
      extension(
        OID.authorityKeyIdentifier,
        sequence(tagged(0x80, identifierOf(this.keys.publicKey))),
      ),
    ];
    const contents = sequence(
      tagged(0xa0, tagged(0x02, Buffer.from([2]))),
      tagged(0x02, serial),
      algorithm,
      this.name,
      sequence(time(now - DAY_MS), time(now + VALID_DAYS * DAY_MS)),
      subject,
      derOf(key),
      tagged(0xa3, sequence(...extensions, ...identifiers)),
    );
    const signature = sign('sha256', contents, this.keys.privateKey);
    const whole = sequence(contents, algorithm, tagged(0x03, Buffer.from([0]), signature));
    const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  }
}

/** The key pair that service accounts' tokens are signed with, as PEM. */
export function tokenKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

function derOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** Any number that belongs to the key alone (RFC 7093). */
function identifierOf(key: KeyObject): Buffer {
  return createHash('sha256').update(derOf(key)).digest().subarray(0, 20);
}

function nameOf({ commonName, organization }: Subject): Buffer {
  const part = (kind: string, value: string): Buffer =>
    tagged(0x31, sequence(oid(kind), tagged(0x0c, Buffer.from(value))));
  const parts = [part(OID.commonName, commonName)];
  if (organization !== undefined) parts.unshift(part(OID.organization, organization));
  return sequence(...parts);
}

function hostName(host: string): Buffer {
  if (isIPv4(host)) return tagged(0x87, Buffer.from(host.split('.').map(Number)));
  return tagged(0x82, Buffer.from(host));
}

function extension(kind: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [tagged(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(kind), ...flag, tagged(0x04, value));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const contents = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(contents), contents]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Seven bits a byte; all but the last have the eighth set. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

/** `YYMMDDHHMMSSZ`, which holds until 2049. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}
