import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
  theAdmin,
} from '../support/api.js';
import { everyPage } from '../support/pages.js';
import { query } from '../support/query.js';
import { ADMIN, TestServer } from '../support/server.js';

describe('users, for admins', () => {
  let server: TestServer;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  const patch = (id: string, body: sdk.PatchAccount, client = admin.client) =>
    sdk.updateUser({ client, path: { id }, body });
  const adminKey = async (): Promise<string> => {
    const { client } = admin;
    return expectData(await sdk.createAdminKey({ client, body: { label: 'root' } }), 201).rawKey;
  };
  const logIn = async ({ session }: Person) => {
    const body = { email: session.user.email, password: 'a password of the tests' };
    return sdk.login({ client: clientOf(server), body });
  };

  it('are listed and shown to admins and admin keys, without their passwords', async () => {
    const { session } = await newPerson(server);
    const { id, email, displayName } = session.user;
    for (const client of [admin.client, clientOf(server, { 'x-api-key': await adminKey() })]) {
      const shown = expectData(await sdk.getUser({ client, path: { id } }), 200);
      expect(shown).toEqual({
        id,
        email,
        displayName,
        role: 'user',
        disabled: false,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      const listed = expectData(await sdk.listUsers({ client }), 200);
      expect(listed).toContainEqual(shown);
      expect(listed[0]).toMatchObject({ email: ADMIN.email, role: 'admin' });
    }
    const { text } = await raw(server, 'GET', '/api/v1/users', { headers: admin.headers });
    expect(text).not.toMatch(/argon2|password/i);
  });

  it('are paged', async () => {
    for (let i = 0; i < 3; i++) await newPerson(server);
    const whole = expectData(await sdk.listUsers({ client: admin.client }), 200);
    const paged = await everyPage(server, '/api/v1/users', admin.headers, 2);
    expect(paged).toEqual(whole);
    const cursor = Buffer.from('[["a\\u0000"],"\\"users\\""]').toString('base64url');
    const refused = await sdk.listUsers({ client: admin.client, query: { cursor } });
    expectError(refused, 400, 'invalid_request');
  });

  it('that are disabled are refused at once, and enabling revives no session', async () => {
    const person = await newPerson(server);
    const { id } = person.session.user;
    const key = clientOf(server, bearer(await adminKey()));
    expect(expectData(await patch(id, { disabled: true }, key), 200)).toMatchObject({
      disabled: true,
      role: 'user',
    });
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
    expectError(await logIn(person), 401, 'login_refused');
    const { refreshToken } = person.session;
    const refresh = () => sdk.refresh({ client: clientOf(server), body: { refreshToken } });
    expectError(await refresh(), 401, 'refresh_refused');
    expectData(await patch(id, { disabled: false }), 200);
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
    expectError(await refresh(), 401, 'refresh_refused');
    expectData(await logIn(person), 200);
  });

  it('leave no session behind, however a log-in and a disabling meet', async () => {
    const person = await newPerson(server);
    const { id } = person.session.user;
    for (let round = 0; round < 4; round++) {
      const logins = Array.from({ length: 3 }, () => logIn(person));
      await new Promise((resolve) => setTimeout(resolve, 15 * round));
      expectData(await patch(id, { disabled: true }), 200);
      await Promise.all(logins);
      const open = await query(
        server,
        `SELECT id FROM sessions WHERE user_id = '${id}' AND ended_at IS NULL`,
      );
      expect(open).toEqual([]);
      expectData(await patch(id, { disabled: false }), 200);
    }
  });

  it('become admins and cease to be, with what they hold', async () => {
    const person = await newPerson(server);
    const { id } = person.session.user;
    expectData(await patch(id, { role: 'admin' }), 200);
    expectData(await sdk.listUsers({ client: person.client }), 200);
    const me = expectData(await sdk.whoAmI({ client: person.client }), 200);
    expect(me).toMatchObject({ role: 'admin' });
    expectData(await patch(id, { role: 'user' }), 200);
    expectError(await sdk.listUsers({ client: person.client }), 403, 'permission_missing');
  });

  it('keep one admin that can log in, whoever asks and however many at once', async () => {
    const { id } = admin.session.user;
    expectError(await patch(id, { role: 'user' }), 409, 'last_admin');
    expectError(await patch(id, { disabled: true }), 409, 'last_admin');
    const second = await newPerson(server);
    expectData(await patch(second.session.user.id, { role: 'admin' }), 200);
    const demote = (who: string, by: Person) => patch(who, { role: 'user' }, by.client);
    const answers = await Promise.all([demote(second.session.user.id, admin), demote(id, second)]);
    const admins = await query(
      server,
      `SELECT id FROM users WHERE role = 'admin' AND disabled = ${server.databaseUrl === undefined ? '0' : 'false'}`,
    );
    expect(admins, JSON.stringify(answers.map(({ error }) => error))).toHaveLength(1);
    const left = admins[0]?.['id'] === id ? admin : second;
    expectData(await patch(id, { role: 'admin' }, left.client), 200);
  });

  it('refuse what is not known, and tell the audit what was changed', async () => {
    const unknown = 'usr_00000000000000000000000000';
    const shown = await sdk.getUser({ client: admin.client, path: { id: unknown } });
    expectError(shown, 404, 'user_not_found');
    expectError(await patch(unknown, { disabled: true }), 404, 'user_not_found');
    const { session } = await newPerson(server);
    const { id } = session.user;
    expectError(await patch(id, { role: 'owner' as 'user' }), 400, 'invalid_request');
    expectError(await patch(id, { email: 'x' } as sdk.PatchAccount), 400, 'invalid_request');
    expectData(await patch(id, {}), 200);
    expectData(await patch(id, { role: 'user', disabled: false }), 200);
    expectData(await patch(id, { disabled: true }), 200);
    const audit = await query(
      server,
      `SELECT actor_id, action, detail FROM audit_entries WHERE target = '${id}' AND action = 'user.updated'`,
    );
    expect(audit).toEqual([
      {
        actor_id: admin.session.user.id,
        action: 'user.updated',
        detail: '{"fields":"disabled","disabled":true}',
      },
    ]);
  });
});
