import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientOf, expectData, expectError, newPerson, sdk, theAdmin } from '../support/api.js';
import { TestServer } from '../support/server.js';
import { until } from '../support/until.js';

/** Within which what one server revoked is refused by the other. */
const REFUSED_WITHIN_MS = 1_000;
const RATE = 30;

describe('two servers on one PostgreSQL', () => {
  let here: TestServer;
  let there: TestServer;
  beforeAll(async () => {
    const environment = {
      NEXUS_AUTH_RATE_PER_MINUTE: String(RATE),
      NEXUS_TRUSTED_PROXIES: '127.0.0.1',
    };
    here = await TestServer.start({ driver: 'none', environment });
    const shared = { ...environment, DATABASE_URL: here.databaseUrl ?? '' };
    there = await TestServer.start({ driver: 'none', environment: shared });
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const elsewhere = (headers: Readonly<Record<string, string>>) => clientOf(there, headers);
  const refused = (what: string, client: ReturnType<typeof elsewhere>) =>
    until(
      `${what} is refused by the other server`,
      async () => (await sdk.whoAmI({ client })).response?.status === 401,
      REFUSED_WITHIN_MS,
    );

  it('share sessions: one opens it, the other continues and ends it', async () => {
    const person = await newPerson(here);
    const client = elsewhere(person.headers);
    expectData(await sdk.whoAmI({ client }), 200);
    const { refreshToken } = person.session;
    const refresh = (server: TestServer) =>
      sdk.refresh({ client: clientOf(server), body: { refreshToken } });
    const [one, two] = await Promise.all([refresh(here), refresh(there)]);
    const statuses = [one.response?.status, two.response?.status];
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    // The token was used twice, so somebody may have stolen it: the session is over on both.
    expect(await refused('the session', client)).toBe(true);
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
  });

  it('refuse a session that was ended on the other one', async () => {
    const person = await newPerson(here);
    const client = elsewhere(person.headers);
    const [session] = expectData(await sdk.listMySessions({ client }), 200);
    const path = { id: session?.id ?? '' };
    expectData(await sdk.endMySession({ client: person.client, path }), 204);
    expect(await refused('the session', client)).toBe(true);
  });

  it('refuse a key that was revoked on the other one', async () => {
    const admin = await theAdmin(here);
    const body = { label: 'shared' };
    const key = expectData(await sdk.createAdminKey({ client: admin.client, body }), 201);
    const client = elsewhere({ 'x-api-key': key.rawKey });
    expectData(await sdk.whoAmI({ client }), 200);
    const path = { hash: key.hash };
    expectData(await sdk.revokeAdminKey({ client: admin.client, path }), 200);
    expect(await refused('the key', client)).toBe(true);
  });

  it('refuse a user who was disabled on the other one', async () => {
    const admin = await theAdmin(here);
    const person = await newPerson(here);
    const client = elsewhere(person.headers);
    expectData(await sdk.whoAmI({ client }), 200);
    const path = { id: person.session.user.id };
    const body = { disabled: true };
    expectData(await sdk.updateUser({ client: admin.client, path, body }), 200);
    expect(await refused('the user', client)).toBe(true);
  });

  it('count the attempts of an address together', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.44' };
    const answers = await Promise.all(
      Array.from({ length: RATE }, (_, i) =>
        [here, there].map((server) => {
          const body = { email: `nobody-${i}@example.com`, password: 'not the password' };
          return sdk.login({ client: clientOf(server, headers), body });
        }),
      ).flat(),
    );
    const admitted = answers.filter(({ response }) => response?.status === 401);
    expect(admitted.length).toBeGreaterThanOrEqual(RATE);
    // While they were counted a few were forgotten again: one every two seconds.
    expect(admitted.length).toBeLessThanOrEqual(RATE + 5);
    const others = answers.filter((answer) => !admitted.includes(answer));
    for (const answer of others) expectError(answer, 429, 'rate_limited');
  });

  it('slow down failures on one account together', async () => {
    const { session } = await newPerson(here);
    const { email } = session.user;
    const headers = { 'x-forwarded-for': '192.0.2.45' };
    const logIn = (server: TestServer, password: string) =>
      sdk.login({ client: clientOf(server, headers), body: { email, password } });
    for (const server of [here, there, here, there, here]) {
      expectError(await logIn(server, 'not the password'), 401, 'login_refused');
    }
    const started = performance.now();
    expectData(await logIn(there, 'a password of the tests'), 200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(990);
  });
});
