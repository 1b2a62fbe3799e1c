import { randomBytes, randomUUID } from 'node:crypto';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const RANDOM_CHARACTERS = 16;

/**
 * A fresh identifier: `<prefix>_` and 26 characters of Crockford's base 32, of which the first
 * ten are the time in milliseconds, so that identifiers sort by age. 80 bits are random.
 *
 * @param prefix the kind, for example `usr` or `t`
 */
export function newId(prefix: string, now: Date): string {
  let time = now.getTime();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = ALPHABET[time % 32] + head;
    time = Math.floor(time / 32);
  }
  const tail = Array.from(randomBytes(RANDOM_CHARACTERS), (byte) => ALPHABET[byte % 32]).join('');
  return `${prefix}_${head}${tail}`;
}

/** A random (version 4) UUID in lower case. */
export function newUuid(): string {
  return randomUUID();
}
