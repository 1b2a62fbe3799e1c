import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, clientOf, expectData, expectError, newPerson, raw, sdk } from '../support/api.js';
import { JWT_SECRET, TestServer } from '../support/server.js';
import { type Change, forge, read, sign } from '../support/tokens.js';

describe('an access token', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(() => server.close());

  const past = Math.floor(Date.now() / 1000) - 60;
  const future = past + 3600;

  it.each<[string, Change]>([
    ['another secret', { secret: 'a secret that is not the one' }],
    ['no secret', { secret: '' }],
    ['alg none', { header: { alg: 'none' } }],
    ['alg None', { header: { alg: 'None' } }],
    ['alg RS256 over an HMAC', { header: { alg: 'RS256' } }],
    ['alg ES256 over an HMAC', { header: { alg: 'ES256' } }],
    ['alg HS512', { header: { alg: 'HS512' }, digest: 'sha512' }],
    ['alg HS384', { header: { alg: 'HS384' }, digest: 'sha384' }],
    ['no alg', { header: { alg: undefined } }],
    ['an unknown kid', { header: { kid: 'other' } }],
    ['a kid of the language', { header: { kid: '__proto__' } }],
    ['a kid that is a number', { header: { kid: 1 } }],
    ['no kid', { header: { kid: undefined } }],
    ['another issuer', { payload: { iss: 'somebody' } }],
    ['no issuer', { payload: { iss: undefined } }],
    ['another audience', { payload: { aud: 'something' } }],
    ['no audience', { payload: { aud: undefined } }],
    ['an end in the past', { payload: { exp: past } }],
    ['no end', { payload: { exp: undefined } }],
    ['a beginning in the future', { payload: { nbf: future } }],
    ['another subject', { payload: { sub: 'usr_nobody' } }],
    ['no subject', { payload: { sub: undefined } }],
    ['a subject that is a list', { payload: { sub: ['usr_nobody'] } }],
    ['another session', { payload: { sid: 'ses_none' } }],
    ['no session', { payload: { sid: undefined } }],
    ['a session that is an object', { payload: { sid: { $ne: '' } } }],
    ['a session with a NUL', { payload: { sid: 'ses\u0000' } }],
  ])('is refused: %s', async (_what, change) => {
    const { session } = await newPerson(server);
    const control = clientOf(server, bearer(forge(session.accessToken, {})));
    expectData(await sdk.whoAmI({ client: control }), 200);
    const client = clientOf(server, bearer(forge(session.accessToken, change)));
    expectError(await sdk.whoAmI({ client }), 401, 'credential_invalid');
  });

  it('of one person is not good for the session of another', async () => {
    const [one, two] = [await newPerson(server), await newPerson(server)];
    const [, theirs] = two.session.accessToken.split('.');
    const change = { payload: { sid: read(theirs)['sid'] } };
    const client = clientOf(server, bearer(forge(one.session.accessToken, change)));
    expectError(await sdk.whoAmI({ client }), 401, 'credential_invalid');
  });

  it('is refused when it is no token at all, or was cut', async () => {
    const { session } = await newPerson(server);
    const [head = '', body = '', signature = ''] = session.accessToken.split('.');
    const odd = [
      'x',
      'a.b',
      'a.b.c',
      '..',
      `${head}.${body}`,
      `${head}.${body}.`,
      `${head}.${body}.${signature.slice(0, -4)}`,
      `${head}.${body}.${signature}.${signature}`,
      `${head}..${signature}`,
      sign(`${head}.${Buffer.from('not json').toString('base64url')}`),
      sign(`${head}.${Buffer.from('null').toString('base64url')}`),
      sign(`${Buffer.from('{').toString('base64url')}.${body}`),
      'e'.repeat(8000),
    ];
    for (const token of odd) {
      const answer = await raw(server, 'GET', '/api/v1/me', { headers: bearer(token) });
      expectError(answer, 401, 'credential_invalid');
    }
  });
});

describe('a new secret', () => {
  it('logs nobody out as long as the one before is accepted', async () => {
    const server = await TestServer.start({ driver: 'none' });
    try {
      const person = await newPerson(server);
      const old = person.session;
      const client = (token: string) => clientOf(server, bearer(token));
      const kidOf = (token: string) => read(token.split('.')[0])['kid'];
      const renewed = 'the next secret, which is long enough as well';

      await server.stop();
      server.configure({ NEXUS_JWT_SECRET: renewed, NEXUS_JWT_SECRET_PREVIOUS: JWT_SECRET });
      await server.run();
      expectData(await sdk.whoAmI({ client: client(old.accessToken) }), 200);
      const body = { email: old.user.email, password: 'a password of the tests' };
      const fresh = expectData(await sdk.login({ client: clientOf(server), body }), 200);
      expect(kidOf(fresh.accessToken)).not.toBe(kidOf(old.accessToken));
      const [head, payload] = fresh.accessToken.split('.');
      expect(fresh.accessToken).toBe(sign(`${head}.${payload}`, renewed));
      expectData(await sdk.whoAmI({ client: client(fresh.accessToken) }), 200);
      // The name of one secret over the signature of the other.
      const mixed = forge(fresh.accessToken, { secret: JWT_SECRET });
      expectError(await sdk.whoAmI({ client: client(mixed) }), 401, 'credential_invalid');

      await server.stop();
      server.configure({ NEXUS_JWT_SECRET_PREVIOUS: '' });
      await server.run();
      expectData(await sdk.whoAmI({ client: client(fresh.accessToken) }), 200);
      const late = await sdk.whoAmI({ client: client(old.accessToken) });
      expectError(late, 401, 'credential_invalid');
      const { refreshToken } = old;
      const refreshed = await sdk.refresh({ client: clientOf(server), body: { refreshToken } });
      const { accessToken } = expectData(refreshed, 200);
      expectData(await sdk.whoAmI({ client: client(accessToken) }), 200);
    } finally {
      await server.close();
    }
  });
});
