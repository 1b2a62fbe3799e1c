import { describe, expect, it } from 'vitest';
import { recordingLogger } from '../../../test/support/silent-logger.js';

describe('the log', () => {
  it('is one JSON line a message, with its fields', () => {
    const { logger, lines } = recordingLogger();
    logger.log('Something happened', { tenant: 't_1' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      msg: 'Something happened',
      tenant: 't_1',
      time: expect.stringMatching(/Z$/),
    });
  });

  it.each([
    ['a password by its name', { password: 'hunter2' }, 'hunter2'],
    ['a nested one', { body: { newPassword: 'hunter2' } }, 'hunter2'],
    ['an API key anywhere', { note: 'used nxk_abcdefghijklmnop today' }, 'abcdefghijklmnop'],
    ['a refresh token', { note: 'rt_abcdefghijklmnop' }, 'abcdefghijklmnop'],
    ['a JWT', { note: 'eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl' }, 'c2lnbmF0dXJl'],
    ['a bearer header', { note: 'Bearer abc.def' }, 'abc.def'],
    ['a password in a URL', { url: 'postgres://me:hunter2@host/db' }, 'hunter2'],
    [
      'one in an error',
      { error: new Error('failed with nxk_abcdefghijklmnop') },
      'abcdefghijklmnop',
    ],
  ])('blanks %s', (_what, fields, secret) => {
    const { logger, lines } = recordingLogger();
    logger.error('Oops', fields);
    expect(lines.join('')).toContain('[redacted]');
    expect(lines.join('')).not.toContain(secret);
  });
});
