import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;
const LOOKUP_CHARACTERS = 12;

/** A fresh credential that is worth showing once. */
export interface IssuedCredential {
  /** The credential itself; never stored. */
  raw: string;
  /** SHA-256 in hexadecimal: enough for 256 random bits, which nobody can guess at any speed. */
  hash: string;
  /** The first characters, for an indexed look-up. */
  lookup: string;
}

/** Opaque credentials of one kind: a prefix that tells the kind, and 256 random bits. */
export class OpaqueCredential {
  private readonly pattern: RegExp;

  /** @param prefix for example `nxk_` */
  constructor(readonly prefix: string) {
    this.pattern = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`);
  }

  issue(): IssuedCredential {
    return this.describe(`${this.prefix}${randomBytes(SECRET_BYTES).toString('base64url')}`);
  }

  /** What to look a presented credential up by; undefined when it is not of this kind. */
  read(raw: string): IssuedCredential | undefined {
    return this.pattern.test(raw) ? this.describe(raw) : undefined;
  }

  private describe(raw: string): IssuedCredential {
    return {
      raw,
      hash: createHash('sha256').update(raw).digest('hex'),
      lookup: raw.slice(0, LOOKUP_CHARACTERS),
    };
  }
}
