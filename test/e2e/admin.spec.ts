import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nexusAdmin, type Ended } from '../support/admin.js';
import { clientOf, expectData, expectError, newPerson, sdk, theAdmin } from '../support/api.js';
import { readBackup, rowsOf } from '../support/backups.js';
import { ADMIN, TestServer } from '../support/server.js';

describe('nexus-admin beside a server', () => {
  let server: TestServer;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-admin-'));
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  const admin = (...args: string[]): Promise<Ended> => nexusAdmin(server.settings, args);
  const logIn = (email: string, password: string) =>
    sdk.login({ client: clientOf(server), body: { email, password } });

  it('creates an admin, whose password is told once and alone', async () => {
    const made = await admin('create-admin', 'Grace@Example.com');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]{24}\n$/) });
    expect(made.stderr).toContain('grace@example.com was created (usr_');
    const session = expectData(await logIn('grace@example.com', made.stdout.trim()), 200);
    const client = clientOf(server, { authorization: `Bearer ${session.accessToken}` });
    expect(expectData(await sdk.whoAmI({ client }), 200)).toMatchObject({ role: 'admin' });
    const again = await admin('create-admin', 'grace@example.com');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/^An account with this address exists/);
  });

  it('takes a password from its input, never from its arguments', async () => {
    const args = ['create-admin', 'hopper@example.com', '--password-stdin'];
    const chosen = 'a password from a pipe';
    const made = await nexusAdmin(server.settings, args, `${chosen}\n`);
    expect(made).toMatchObject({ code: 0, stdout: '' });
    expectData(await logIn('hopper@example.com', chosen), 200);
    const short = await nexusAdmin(server.settings, args, 'short\n');
    expect(short.code).toBe(1);
    expect(short.stderr).toContain('password must be at least 12 characters');
    const argument = await admin('create-admin', 'x@example.com', 'a password of the shell');
    expect(argument).toMatchObject({ code: 2, stdout: '' });
    expect(argument.stderr).toContain('Usage: nexus-admin create-admin EMAIL');
  });

  it('resets a password and ends every session', async () => {
    const person = await newPerson(server);
    const { email } = person.session.user;
    const reset = await admin('reset-password', email);
    expect(reset).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]{24}\n$/) });
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
    const body = { refreshToken: person.session.refreshToken };
    const refreshed = await sdk.refresh({ client: clientOf(server), body });
    expectError(refreshed, 401, 'refresh_refused');
    expectError(await logIn(email, 'a password of the tests'), 401, 'login_refused');
    expectData(await logIn(email, reset.stdout.trim()), 200);
  });

  it('disables a user from the very next request on, and enables again', async () => {
    const person = await newPerson(server);
    const { email } = person.session.user;
    expectData(await sdk.whoAmI({ client: person.client }), 200);
    expect(await admin('disable-user', email)).toMatchObject({ code: 0 });
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
    expectError(await logIn(email, 'a password of the tests'), 401, 'login_refused');
    expect((await admin('list-users')).stdout).toMatch(
      new RegExp(`^${email}\tuser\tdisabled\t[^\t]+\tusr_\\w+$`, 'm'),
    );
    expect(await admin('enable-user', email)).toMatchObject({ code: 0 });
    expectData(await logIn(email, 'a password of the tests'), 200);
    const nobody = await admin('disable-user', 'nobody@example.com');
    expect(nobody).toMatchObject({ code: 1, stderr: 'There is no such account.\n' });
  });

  it('keeps the last admin', async () => {
    const alone = await TestServer.start({ driver: 'none' });
    const refused = await nexusAdmin(alone.settings, ['disable-user', ADMIN.email]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/last admin/);
    await alone.close();
  });

  it('creates keys that work at once', async () => {
    const owner = await newPerson(server);
    const body = { displayName: 'With a key' };
    const tenant = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
    const made = await admin('create-key', '--name', 'ci', '--scope', 'admin');
    expect(made).toEqual({ code: 0, stdout: expect.stringMatching(/^nxk_\S{43}\n$/), stderr: '' });
    const everything = clientOf(server, { 'x-api-key': made.stdout.trim() });
    const path_ = { id: tenant.id };
    expectData(await sdk.getTenant({ client: everything, path: path_ }), 200);
    const scoped = ['create-key', '--name', 'ci', '--scope', 'tenant', '--tenant'];
    const key = (await admin(...scoped, tenant.id)).stdout.trim();
    const within = clientOf(server, { 'x-api-key': key });
    expect(expectData(await sdk.whoAmI({ client: within }), 200)).toMatchObject({
      tenantId: tenant.id,
      scope: 'tenant',
    });
    const other = expectData(
      await sdk.createTenant({ client: owner.client, body: { displayName: 'Other' } }),
      201,
    );
    const foreign = await sdk.getTenant({ client: within, path: { id: other.id } });
    expectError(foreign, 403, 'tenant_forbidden');
    const byName = clientOf(server, {
      'x-api-key': (await admin(...scoped, tenant.crName)).stdout.trim(),
    });
    expect(expectData(await sdk.whoAmI({ client: byName }), 200)).toMatchObject({
      tenantId: tenant.id,
    });
    const nowhere = await admin(...scoped, 't_nothing');
    expect(nowhere).toMatchObject({ code: 1, stderr: 'There is no tenant t_nothing.\n' });
  });

  it('is in the audit, with the account of the machine', async () => {
    expectData(await sdk.whoAmI({ client: (await theAdmin(server)).client }), 200);
    await admin('create-admin', 'audited@example.com');
    await admin('create-key', '--name', 'audited', '--scope', 'admin');
    const file = path.join(folder, 'audit.gz');
    expect(await admin('backup', file)).toMatchObject({ code: 0 });
    const entries = rowsOf(readBackup(file), 'audit_entries').slice(-2);
    const actor = {
      actor_kind: 'system',
      actor_id: 'nexus-admin',
      actor_label: userInfo().username,
    };
    expect(entries).toMatchObject([
      { ...actor, action: 'user.created' },
      { ...actor, action: 'key.created' },
    ]);
    const { client } = await theAdmin(server);
    const query = { action: 'backup.taken', actor: 'nexus-admin' };
    const [backup, ...others] = expectData(await sdk.listAudit({ client, query }), 200);
    expect(others).toEqual([]);
    expect(backup).toMatchObject({ actor: { kind: 'system', label: userInfo().username } });
  });

  it('finds nothing wrong, or says what', async () => {
    const owner = await newPerson(server);
    const body = { displayName: 'With a variable' };
    const { id } = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
    await sdk.setVariable({
      client: owner.client,
      path: { id, name: 'SECRET' },
      body: { value: 'sealed' },
    });
    expect(await admin('check')).toMatchObject({ code: 0, stderr: 'Nothing is wrong.\n' });
    const otherKey = { ...server.settings, NEXUS_ENCRYPTION_KEY: '1'.repeat(64) };
    const found = await nexusAdmin(otherKey, ['check']);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(
      new RegExp(`^The variable SECRET of ${id} does not open with NEXUS_ENCRYPTION_KEY;[^\n]*\n$`),
    );
  });

  it('wants the configuration of the server', async () => {
    const wrong = { ...server.settings, NEXUS_DB_POOL: 'many', DATABASE_URL: 'mysql://x' };
    const { code, stderr } = await nexusAdmin(wrong, ['list-users']);
    expect(code).toBe(78);
    expect(stderr).toContain('NEXUS_DB_POOL must be');
    expect(stderr).toContain('DATABASE_URL must start with postgres://');
    const { DATABASE_URL: _, ...elsewhere } = server.settings;
    const nothing = { ...elsewhere, NEXUS_DATA_DIR: path.join(folder, 'nothing') };
    const empty = await nexusAdmin(nothing, ['list-users']);
    expect(empty.code).toBe(78);
    expect(empty.stderr).toContain('holds no database');
    const away = { ...server.settings, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c' };
    const refused = await nexusAdmin(away, ['list-users']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^The database cannot be used: .*ECONNREFUSED/);
  });
});
