import { describe, expect, it } from 'vitest';
import { isOutdated, parametersOf } from './password-hash.rules.js';
import { Passwords } from './passwords.js';

const TODAY = {
  algorithm: 'argon2id',
  version: 19,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};
const REST = '$c29tZXNhbHRzb21lc2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

describe('a password hash', () => {
  it('tells what it was made with', () => {
    expect(parametersOf(`$argon2id$v=19$m=19456,t=2,p=1${REST}`)).toEqual(TODAY);
    expect(parametersOf(`$argon2i$v=16$m=8,t=3,p=4${REST}`)).toEqual({
      algorithm: 'argon2i',
      version: 16,
      memoryCost: 8,
      timeCost: 3,
      parallelism: 4,
    });
  });

  it.each([
    '',
    'plain',
    '$2b$12$abcdefghijklmnopqrstuv',
    '$argon2id$v=19$m=19456,t=2$c2FsdA$aGFzaA',
    `$argon2id$v=19$m=x,t=2,p=1${REST}`,
  ])('of another kind is outdated: %j', (hash) => {
    expect(parametersOf(hash)).toBeUndefined();
    expect(isOutdated(hash, TODAY)).toBe(true);
  });

  it.each([
    ['$argon2id$v=19$m=19456,t=2,p=1', false],
    ['$argon2i$v=19$m=19456,t=2,p=1', true],
    ['$argon2id$v=16$m=19456,t=2,p=1', true],
    ['$argon2id$v=19$m=4096,t=2,p=1', true],
    ['$argon2id$v=19$m=65536,t=2,p=1', true],
    ['$argon2id$v=19$m=19456,t=3,p=1', true],
    ['$argon2id$v=19$m=19456,t=2,p=2', true],
  ])('%s…: outdated is %j', (head, outdated) => {
    expect(isOutdated(`${head}${REST}`, TODAY)).toBe(outdated);
  });

  it('that is made today is not outdated', async () => {
    const passwords = new Passwords();
    const made = await passwords.hash('a password');
    expect(passwords.isOutdated(made)).toBe(false);
    expect(await passwords.verify(made, 'a password')).toBe(true);
  });
});
