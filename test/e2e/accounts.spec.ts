import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
  expectData,
  expectError,
  newPerson,
  raw,
  sdk,
  theAdmin,
} from '../support/api.js';
import { query } from '../support/query.js';
import { ADMIN, TestServer } from '../support/server.js';

describe('accounts', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(() => server.close());

  const credentials = { email: 'Ada@Example.com', password: 'correct horse battery' };

  it('registers, tells who you are, and refuses the same address again', async () => {
    const client = clientOf(server);
    const session = expectData(await sdk.register({ client, body: credentials }), 201);
    expect(session).toMatchObject({
      accessToken: expect.stringMatching(/^eyJ/),
      refreshToken: expect.stringMatching(/^rt_[\w-]{43}$/),
      expiresIn: 900,
      user: { id: expect.stringMatching(/^usr_/), email: 'ada@example.com', displayName: 'Ada' },
    });
    const me = clientOf(server, bearer(session.accessToken));
    expect(expectData(await sdk.whoAmI({ client: me }), 200)).toMatchObject({
      email: 'ada@example.com',
      role: 'user',
      tenants: [],
    });
    expectError(await sdk.register({ client, body: credentials }), 409, 'email_taken');
  });

  it('lets one of many registrations of one address through', async () => {
    const body = { email: 'race@example.com', password: 'correct horse battery' };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => sdk.register({ client: clientOf(server), body })),
    );
    const statuses = answers.map(({ response }) => response?.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(7);
  });

  it.each([
    ['no address', { email: 'nobody', password: 'correct horse battery' }, 'email'],
    ['a short password', { email: 'b@example.com', password: 'short' }, 'password'],
    ['a password of one letter', { email: 'b@example.com', password: 'a'.repeat(20) }, 'password'],
    ['a key too many', { ...credentials, admin: true }, 'admin'],
    ['a NUL in the name', { ...credentials, displayName: 'a\u0000b' }, 'displayName'],
  ])('refuses %s', async (_what, body, path) => {
    const error = expectError(
      await sdk.register({ client: clientOf(server), body }),
      400,
      'invalid_request',
    );
    expect(error.issues?.map((issue) => issue.path)).toContain(path);
    expect(error.errors?.[0]).toMatch(new RegExp(`^${path} `));
  });

  it('answers alike for an unknown address and a wrong password', async () => {
    const client = clientOf(server);
    const wrong = await sdk.login({ client, body: { ...ADMIN, password: 'not the password' } });
    const unknown = await sdk.login({ client, body: { ...ADMIN, email: 'x@example.com' } });
    const [first, second] = [wrong, unknown].map((answer) => {
      const { requestId: _differs, ...body } = expectError(answer, 401, 'login_refused');
      return body;
    });
    expect(first).toEqual(second);
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const client = clientOf(server);
    const password = 'not the password';
    const tryOnce = async (email: string): Promise<number> => {
      const started = performance.now();
      expectError(await sdk.login({ client, body: { email, password } }), 401, 'login_refused');
      return performance.now() - started;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 15; round++) {
      known.push(await tryOnce(ADMIN.email));
      unknown.push(await tryOnce(`nobody-${round}@example.com`));
    }
    // An answer without any hashing would come many times faster.
    expect(median(unknown)).toBeGreaterThan(median(known) / 2);
    expect(median(unknown)).toBeLessThan(median(known) * 2);
  });

  it('takes no address that no database can hold', async () => {
    const body = { ...ADMIN, email: 'a\u0000@example.com' };
    const answer = await sdk.login({ client: clientOf(server), body });
    expectError(answer, 400, 'invalid_request');
  });

  it('knows the first admin', async () => {
    const admin = await theAdmin(server);
    const me = expectData(await sdk.whoAmI({ client: admin.client }), 200);
    expect(me).toMatchObject({ role: 'admin', email: ADMIN.email });
  });

  it('hashes a password anew when it was hashed with other parameters', async () => {
    const { session } = await newPerson(server);
    const { id, email } = session.user;
    const password = 'a password of the tests';
    const old = await hash(password, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await query(server, `UPDATE users SET password_hash = '${old}' WHERE id = '${id}'`);
    const stored = async () =>
      (await query(server, `SELECT password_hash FROM users WHERE id = '${id}'`))[0];
    const logIn = (attempt: string) =>
      sdk.login({ client: clientOf(server), body: { email, password: attempt } });
    expectError(await logIn('not this one'), 401, 'login_refused');
    expect(await stored()).toEqual({ password_hash: old });
    // Of several at once one makes it anew; the others have to see that it is the same password.
    const answers = await Promise.all([logIn(password), logIn(password), logIn(password)]);
    expect(answers.map(({ response }) => response?.status)).toEqual([200, 200, 200]);
    const renewed = await stored();
    expect(renewed?.['password_hash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expectData(await logIn(password), 200);
    expect(await stored()).toEqual(renewed);
  });

  it('rotates refresh tokens, and ends the session when a used one comes again', async () => {
    const { session } = await newPerson(server);
    const client = clientOf(server);
    const refresh = (refreshToken: string) => sdk.refresh({ client, body: { refreshToken } });
    const next = expectData(await refresh(session.refreshToken), 200);
    expect(next.refreshToken).not.toBe(session.refreshToken);
    const me = clientOf(server, bearer(next.accessToken));
    expectData(await sdk.whoAmI({ client: me }), 200);
    expectError(await refresh(session.refreshToken), 401, 'refresh_refused');
    expectError(await refresh(next.refreshToken), 401, 'refresh_refused');
    expectError(await sdk.whoAmI({ client: me }), 401, 'credential_invalid');
  });

  it('lets one of many refreshes with one token through', async () => {
    const { session } = await newPerson(server);
    const body = { refreshToken: session.refreshToken };
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => sdk.refresh({ client: clientOf(server), body })),
    );
    expect(answers.filter(({ response }) => response?.status === 200)).toHaveLength(1);
  });

  it('logs out: neither token is good any more', async () => {
    const { session, client } = await newPerson(server);
    expectData(await sdk.logout({ client, body: {} }), 204);
    expectError(await sdk.whoAmI({ client }), 401, 'credential_invalid');
    const body = { refreshToken: session.refreshToken };
    expectError(await sdk.refresh({ client: clientOf(server), body }), 401, 'refresh_refused');
  });

  it('asks for exactly one credential', async () => {
    const { headers } = await newPerson(server);
    const send = (more: Record<string, string>) =>
      raw(server, 'GET', '/api/v1/me', { headers: more });
    expectError(await send({}), 401, 'credential_required');
    expectError(await send({ authorization: 'Basic YTpi' }), 401, 'credential_invalid');
    expectError(await send({ 'x-api-key': 'nxk_short' }), 401, 'credential_invalid');
    const both = { ...headers, 'x-api-key': `nxk_${'a'.repeat(43)}` };
    expectError(await send(both), 400, 'ambiguous_credentials');
  });
});

describe('registration', () => {
  it('can be closed', async () => {
    const environment = { NEXUS_REGISTRATION: 'closed' };
    const server = await TestServer.start({ driver: 'none', environment });
    try {
      const body = { email: 'c@example.com', password: 'correct horse battery' };
      const answer = await sdk.register({ client: clientOf(server), body });
      expectError(answer, 403, 'registration_closed');
    } finally {
      await server.close();
    }
  });
});

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
