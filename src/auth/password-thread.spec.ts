import { describe, expect, it } from 'vitest';
import { PasswordThread } from './password-thread.js';
import type { PasswordCost } from './password-thread.types.js';

const cost: PasswordCost = { algorithm: 2, memoryCost: 8, timeCost: 1, parallelism: 1 };

describe('a thread for passwords', () => {
  it('makes a hash, and finds whether a password fits', async () => {
    const thread = new PasswordThread();
    const stored = await thread.run({ password: 'right', cost });
    expect(stored).toMatch(/^\$argon2/);
    expect(await thread.run({ password: 'right', stored: String(stored) })).toBe(true);
    expect(await thread.run({ password: 'wrong', stored: String(stored) })).toBe(false);
  });

  it('says what is wrong with a hash, and goes on', async () => {
    const thread = new PasswordThread();
    const broken = thread.run({ password: 'right', stored: 'no hash' });
    await expect(broken).rejects.toThrow('Decoding failed');
    expect(await thread.run({ password: 'right', cost })).toMatch(/^\$argon2/);
  });

  it('goes on after work that it could not be told', async () => {
    const thread = new PasswordThread();
    const impossible = { password: 'x', cost: { ...cost, timeCost: (() => 1) as never } };
    await expect(thread.run(impossible)).rejects.toThrow(/clone/);
    expect(await thread.run({ password: 'right', cost })).toMatch(/^\$argon2/);
  });
});
