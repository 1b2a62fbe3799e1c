import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealer, UnsealError } from './sealer.js';

const key = randomBytes(32);
const before = randomBytes(32);
const place = { table: 'things', row: 't_1/NAME', version: 3 };
const sealer = new Sealer(key);

describe('a sealed text', () => {
  it('opens in its place, whatever it is', () => {
    const anything = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(anything, (text) => sealer.unseal(sealer.seal(text, place), place) === text),
    );
  });

  it('tells nothing, not even that two are equal', () => {
    const one = sealer.seal('the same secret', place);
    const two = sealer.seal('the same secret', place);
    expect(one).not.toBe(two);
    expect(one).toMatch(/^v1\.[0-9a-f]{12}\.[\w-]{16}\.[\w-]+$/);
    expect(Buffer.from(one.split('.')[3] ?? '', 'base64url').toString('latin1')).not.toContain(
      'secret',
    );
  });

  it.each([
    { ...place, table: 'others' },
    { ...place, row: 't_2/NAME' },
    { ...place, version: 4 },
  ])('does not open as %j', (other) => {
    const sealed = sealer.seal('x', place);
    expect(() => sealer.unseal(sealed, other)).toThrow(UnsealError);
  });

  it('does not open once any bit of it was altered', () => {
    const [format, keyId, ...parts] = sealer.seal('a secret', place).split('.');
    const [nonce, text] = parts.map((part) => Buffer.from(part, 'base64url'));
    const whole = Buffer.concat([nonce as Buffer, text as Buffer]);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const altered = Buffer.from(whole);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const pieces = [altered.subarray(0, 12), altered.subarray(12)];
      const sealed = [format, keyId, ...pieces.map((piece) => piece.toString('base64url'))];
      expect(() => sealer.unseal(sealed.join('.'), place), `bit ${bit}`).toThrow(UnsealError);
    }
  });

  it.each(['', 'v1', 'v1.a.b', 'v2.a.b.c', 'v1...', 'x.y.z.w.v'])('is not %j', (text) => {
    expect(() => sealer.unseal(text, place)).toThrow(UnsealError);
  });

  it('does not open when it is cut short', () => {
    const sealed = sealer.seal('', place);
    expect(() => sealer.unseal(sealed.slice(0, -4), place)).toThrow(UnsealError);
  });

  it('of the key before opens as long as that is here', () => {
    const old = new Sealer(before).seal('kept', place);
    const both = new Sealer(key, before);
    expect(both.unseal(old, place)).toBe('kept');
    expect(both.isCurrent(old)).toBe(false);
    expect(both.isCurrent(both.seal('kept', place))).toBe(true);
    expect(() => sealer.unseal(old, place)).toThrow(/a key that is not here/);
  });

  it('is never made with a weak key', () => {
    expect(() => new Sealer(randomBytes(16))).toThrow(/32 bytes/);
    expect(() => new Sealer(key, Buffer.alloc(0))).toThrow(/32 bytes/);
  });
});
