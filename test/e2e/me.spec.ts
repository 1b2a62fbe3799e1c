import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
  expectData,
  expectError,
  newPerson,
  type Person,
  sdk,
  theAdmin,
} from '../support/api.js';
import { everyPage } from '../support/pages.js';
import { query } from '../support/query.js';
import { TestServer } from '../support/server.js';

const PASSWORD = 'a password of the tests';
const NEW_PASSWORD = 'another one, just as good';

describe("one's own account", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(() => server.close());

  const logIn = async ({ session }: Person, password = PASSWORD, headers = {}): Promise<Person> => {
    const body = { email: session.user.email, password };
    const opened = expectData(await sdk.login({ client: clientOf(server), body, headers }), 200);
    const own = bearer(opened.accessToken);
    return { session: opened, headers: own, client: clientOf(server, own) };
  };
  const sessionsOf = async ({ client }: Person) =>
    expectData(await sdk.listMySessions({ client }), 200);

  it('changes the name alone when nothing else is sent', async () => {
    const person = await newPerson(server);
    const body = { displayName: '  Ada L. ' };
    const changed = expectData(await sdk.updateMe({ client: person.client, body }), 200);
    const me = expectData(await sdk.whoAmI({ client: person.client }), 200);
    expect(changed).toEqual(me);
    expect(me).toMatchObject({ displayName: 'Ada L.', tenants: [] });
    await logIn(person);
    expectData(await sdk.updateMe({ client: person.client, body: {} }), 200);
  });

  it('takes a new password, and ends the other sessions but not this one', async () => {
    const person = await newPerson(server);
    const other = await logIn(person);
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expectData(await sdk.updateMe({ client: person.client, body }), 200);
    expectData(await sdk.whoAmI({ client: person.client }), 200);
    expectError(await sdk.whoAmI({ client: other.client }), 401, 'credential_invalid');
    const { refreshToken } = other.session;
    const refreshed = await sdk.refresh({ client: clientOf(server), body: { refreshToken } });
    expectError(refreshed, 401, 'refresh_refused');
    const { email } = person.session.user;
    const old = { client: clientOf(server), body: { email, password: PASSWORD } };
    expectError(await sdk.login(old), 401, 'login_refused');
    await logIn(person, NEW_PASSWORD);
    const audit = await query(
      server,
      `SELECT actor_id, detail FROM audit_entries WHERE action = 'user.updated' AND target = '${person.session.user.id}'`,
    );
    expect(audit).toEqual([{ actor_id: person.session.user.id, detail: '{"fields":"password"}' }]);
  });

  it('refuses a wrong current password, and leaves everything as it was', async () => {
    const person = await newPerson(server);
    const other = await logIn(person);
    const body = { displayName: 'X', currentPassword: 'not this one', newPassword: NEW_PASSWORD };
    expectError(await sdk.updateMe({ client: person.client, body }), 403, 'password_wrong');
    const me = expectData(await sdk.whoAmI({ client: other.client }), 200);
    expect(me).toMatchObject({ displayName: person.session.user.displayName });
    await logIn(person);
  });

  it('lets one of many new passwords at once through', async () => {
    const person = await newPerson(server);
    const words = ['first', 'second', 'third', 'fourth'].map((word) => `${word} ${NEW_PASSWORD}`);
    const answers = await Promise.all(
      words.map((newPassword) => {
        const body = { currentPassword: PASSWORD, newPassword };
        return sdk.updateMe({ client: person.client, body });
      }),
    );
    const statuses = answers.map(({ response }) => response?.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 403)).toHaveLength(3);
    await logIn(person, words[statuses.indexOf(200)]);
  });

  it.each<[object, string]>([
    [{ newPassword: NEW_PASSWORD }, 'currentPassword'],
    [{ currentPassword: PASSWORD }, 'newPassword'],
    [{ currentPassword: PASSWORD, newPassword: 'short' }, 'newPassword'],
    [{ displayName: ' ' }, 'displayName'],
    [{ email: 'other@example.com' }, 'email'],
    [{ role: 'admin' }, 'role'],
  ])('refuses %j', async (body, path) => {
    const { client } = await newPerson(server);
    const sent = body as sdk.PatchMe;
    const error = expectError(await sdk.updateMe({ client, body: sent }), 400, 'invalid_request');
    expect(error.issues?.map((issue) => issue.path)).toContain(path);
  });

  it('refuses the address as the new password', async () => {
    const { client, session } = await newPerson(server);
    const newPassword = session.user.email.toUpperCase();
    const body = { currentPassword: PASSWORD, newPassword };
    const error = expectError(await sdk.updateMe({ client, body }), 400, 'invalid_request');
    expect(error.issues?.[0]?.path).toBe('newPassword');
  });

  it('is for people: a key looks at itself and changes nothing', async () => {
    const { client } = await newPerson(server);
    const tenant = expectData(
      await sdk.createTenant({ client, body: { displayName: 'Mine' } }),
      201,
    );
    const path = { id: tenant.id };
    const made = expectData(
      await sdk.createTenantKey({ client, path, body: { label: 'ci' } }),
      201,
    );
    const key = clientOf(server, { 'x-api-key': made.rawKey });
    expect(expectData(await sdk.whoAmI({ client: key }), 200)).toMatchObject({
      keyLabel: 'ci',
      tenantId: tenant.id,
      scope: 'tenant',
    });
    const changed = await sdk.updateMe({ client: key, body: { displayName: 'Y' } });
    expectError(changed, 403, 'permission_missing');
    expectError(await sdk.listMySessions({ client: key }), 403, 'permission_missing');
    const ended = await sdk.endMySession({ client: key, path: { id: 'ses_x' } });
    expectError(ended, 403, 'permission_missing');
  });

  it('lists the sessions that are open: where from, and which is this one', async () => {
    const person = await newPerson(server);
    const other = await logIn(person, PASSWORD, { 'user-agent': 'Nexus tests' });
    const gone = await logIn(person);
    expectData(await sdk.logout({ client: gone.client, body: {} }), 204);
    const seen = await sessionsOf(other);
    expect(seen).toHaveLength(2);
    expect(seen.map(({ current }) => current)).toEqual([false, true]);
    expect(seen[1]).toMatchObject({
      id: expect.stringMatching(/^ses_/),
      userAgent: 'Nexus tests',
      address: '127.0.0.1',
    });
    const { refreshToken } = other.session;
    const headers = { 'user-agent': `Other ${'x'.repeat(300)}` };
    const refreshed = expectData(
      await sdk.refresh({ client: clientOf(server), body: { refreshToken }, headers }),
      200,
    );
    const client = clientOf(server, bearer(refreshed.accessToken));
    const [, later] = expectData(await sdk.listMySessions({ client }), 200);
    expect(later?.userAgent).toMatch(/^Other x{250}$/);
    expect(later?.createdAt).toBe(seen[1]?.createdAt);
    expect(Date.parse(later?.lastUsedAt ?? '')).toBeGreaterThan(
      Date.parse(seen[1]?.lastUsedAt ?? ''),
    );
  });

  it('pages its sessions', async () => {
    const person = await newPerson(server);
    for (let i = 0; i < 2; i++) await logIn(person);
    const whole = await sessionsOf(person);
    const paged = await everyPage(server, '/api/v1/me/sessions', person.headers, 2);
    expect(paged).toEqual(whole);
    const query = { limit: 0 };
    const refused = await sdk.listMySessions({ client: person.client, query });
    expectError(refused, 400, 'invalid_request');
  });

  it('ends one session, and knows nothing of those of others', async () => {
    const person = await newPerson(server);
    const other = await logIn(person);
    const stranger = await newPerson(server);
    const [, second] = await sessionsOf(person);
    const path = { id: second?.id ?? '' };
    const foreign = await sdk.endMySession({ client: stranger.client, path });
    expectError(foreign, 404, 'session_not_found');
    expectData(await sdk.whoAmI({ client: other.client }), 200);
    expectData(await sdk.endMySession({ client: person.client, path }), 204);
    expectError(await sdk.whoAmI({ client: other.client }), 401, 'credential_invalid');
    const again = await sdk.endMySession({ client: person.client, path });
    expectError(again, 404, 'session_not_found');
    const end = (id: string) => sdk.endMySession({ client: person.client, path: { id } });
    expectError(await end("' OR 1=1 --"), 404, 'session_not_found');
    expectError(await end('ses\u0000'), 400, 'invalid_request');
    const [mine] = await sessionsOf(person);
    const own = { id: mine?.id ?? '' };
    expectData(await sdk.endMySession({ client: person.client, path: own }), 204);
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
  });

  it('is open to admins as to everybody', async () => {
    const { client } = await theAdmin(server);
    const body = { displayName: 'Root' };
    const me = expectData(await sdk.updateMe({ client, body }), 200);
    expect(me).toMatchObject({ displayName: 'Root', role: 'admin' });
  });
});
