import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

// Secrets at rest: AES-256-GCM (NIST SP 800-38D), a random 96-bit nonce for every text. What is
// sealed says how: `v1.<key id>.<nonce>.<ciphertext and tag>`, the last two in base64url.

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a sealed text belongs. It opens there and nowhere else, so that rows cannot be swapped. */
export interface SealedPlace {
  table: string;
  /** What names the row in its table. */
  row: string;
  /** Counts the texts that this place has held. */
  version: number;
}

/** A sealed text that does not open. Its message holds nothing of the text or the key. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/** Seals texts with one key, and opens what that one or the one before has sealed. */
export class Sealer {
  private readonly current: string;
  private readonly keys = new Map<string, Buffer>();

  /**
   * @param key 32 bytes
   * @param previous 32 bytes: the key before
   */
  constructor(key: Buffer, previous?: Buffer) {
    for (const one of [previous, key]) {
      if (one === undefined) continue;
      if (one.length !== KEY_BYTES) throw new Error(`A key is ${KEY_BYTES} bytes long`);
      this.keys.set(keyIdOf(one), one);
    }
    this.current = keyIdOf(key);
  }

  seal(text: string, place: SealedPlace): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.keyOf(this.current), nonce);
    cipher.setAAD(additionalData(this.current, place));
    const sealed = Buffer.concat([
      cipher.update(text, 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return [FORMAT, this.current, nonce.toString('base64url'), sealed.toString('base64url')].join(
      '.',
    );
  }

  /** @throws UnsealError when it was altered, is from another place, or its key is not here */
  unseal(sealed: string, place: SealedPlace): string {
    const [format, keyId = '', nonceText = '', text = '', ...rest] = sealed.split('.');
    if (format !== FORMAT || rest.length > 0) throw new UnsealError('It is not in a known format');
    const key = this.keyOf(keyId);
    const nonce = Buffer.from(nonceText, 'base64url');
    const bytes = Buffer.from(text, 'base64url');
    if (nonce.length !== NONCE_BYTES || bytes.length < TAG_BYTES) {
      throw new UnsealError('It is cut short');
    }
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(additionalData(keyId, place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = [decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(opened).toString('utf8');
    } catch (cause) {
      throw new UnsealError('It was altered, or belongs to another place', { cause });
    }
  }

  /** Whether a text was sealed with the key of now, rather than the one before. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${FORMAT}.${this.current}.`);
  }

  private keyOf(keyId: string): Buffer {
    const key = this.keys.get(keyId);
    if (key === undefined) throw new UnsealError('It was sealed with a key that is not here');
    return key;
  }
}

/** Names a key without telling anything of it. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('nexus key id').update(key).digest('hex').slice(0, 12);
}

function additionalData(keyId: string, { table, row, version }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId, table, row, version]));
}
