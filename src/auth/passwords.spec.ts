import { describe, expect, it } from 'vitest';
import { AT_ONCE, MOST_WAITING, Passwords } from './passwords.js';

describe('passwords', () => {
  it('are refused when too many wait, known accounts and unknown ones alike, and taken again', async () => {
    const passwords = new Passwords();
    const stored = await passwords.hash('a password');
    const under = Array.from({ length: AT_ONCE + MOST_WAITING }, () =>
      passwords.verify(stored, 'a password'),
    );
    const busy = { kind: 'unavailable', code: 'passwords_busy', retryAfterMs: 2_000 };
    await expect(passwords.verify(stored, 'a password')).rejects.toMatchObject(busy);
    await expect(passwords.verify(undefined, 'a password')).rejects.toMatchObject(busy);
    await expect(passwords.hash('another')).rejects.toMatchObject(busy);
    expect(await Promise.all(under)).toEqual(under.map(() => true));
    expect(await passwords.verify(undefined, 'a password')).toBe(false);
  });
});
