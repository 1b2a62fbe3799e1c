import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nexusAdmin } from '../support/admin.js';
import {
  bearer,
  clientOf,
  expectData,
  expectError,
  type Headers,
  newPerson,
  PASSWORD,
  type Person,
  personOf,
  readyTenant,
  sdk,
  theAdmin,
  until,
} from '../support/api.js';
import { TestServer } from '../support/server.js';
import { ServerRows } from '../support/server-rows.js';
import { forge } from '../support/tokens.js';

/** How long the notice of another process may be under way. */
const UNDER_WAY_MS = 50;
const LANES = 4;
const WARM_MS = 300;

/** Asks whether somebody is let in. */
type Attempt = () => Promise<boolean>;

/** Tries without a pause until `work` is done and it fails; gives how long it succeeded after that, in ms. */
async function useDuring(attempt: Attempt, work: () => Promise<unknown>): Promise<number> {
  let doneMs = Infinity;
  let lastLetInMs = 0;
  let over = false;
  const use = async (): Promise<void> => {
    while (!over) {
      const askedMs = performance.now();
      if (await attempt()) lastLetInMs = Math.max(lastLetInMs, askedMs);
      else if (askedMs > doneMs) over = true;
    }
  };
  const lanes = Array.from({ length: LANES }, use);
  await sleep(WARM_MS);
  expect(lastLetInMs).toBeGreaterThan(0);
  await work();
  doneMs = performance.now();
  await Promise.all(lanes);
  return lastLetInMs - doneMs;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));
}

interface Answer {
  response?: Response | undefined;
}

const letIn =
  (ask: () => Promise<Answer>): Attempt =>
  async () =>
    (await ask()).response?.status === 200;

const idOf = ({ session }: Person): string => session.user.id;

// Credentials and rows are remembered, so everything here is asked for often enough to be remembered.
describe('what is in use all the time', () => {
  let server: TestServer;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  const knownBy = (headers: Headers): Attempt => {
    const client = clientOf(server, headers);
    return letIn(() => sdk.whoAmI({ client }));
  };
  const logIn = async ({ session }: Person): Promise<Person> => {
    const body = { email: session.user.email, password: PASSWORD };
    return personOf(server, expectData(await sdk.login({ client: clientOf(server), body }), 200));
  };
  const tenantOf = async ({ client }: Person): Promise<string> =>
    expectData(await sdk.createTenant({ client, body: { displayName: 'One' } }), 201).id;
  const update = async (person: Person, body: { disabled?: boolean; role?: 'admin' | 'user' }) =>
    expectData(
      await sdk.updateUser({ client: admin.client, path: { id: idOf(person) }, body }),
      200,
    );

  describe('is refused from the answer on: a key', () => {
    it('of the installation that is revoked', async () => {
      const body = { label: 'busy' };
      const key = expectData(await sdk.createAdminKey({ client: admin.client, body }), 201);
      const path = { hash: key.hash };
      const revoke = async () =>
        expectData(await sdk.revokeAdminKey({ client: admin.client, path }), 200);
      expect(await useDuring(knownBy({ 'x-api-key': key.rawKey }), revoke)).toBeLessThanOrEqual(0);
    });

    it('of a tenant that is revoked', async () => {
      const owner = await newPerson(server);
      const { client } = owner;
      const id = await tenantOf(owner);
      const body = { label: 'busy' };
      const key = expectData(await sdk.createTenantKey({ client, path: { id }, body }), 201);
      const path = { id, hash: key.hash };
      const revoke = async () => expectData(await sdk.revokeTenantKey({ client, path }), 200);
      expect(await useDuring(knownBy({ 'x-api-key': key.rawKey }), revoke)).toBeLessThanOrEqual(0);
    });

    it('that expires', async () => {
      const body = { label: 'brief', expiresIn: 2 };
      const key = expectData(await sdk.createAdminKey({ client: admin.client, body }), 201);
      const expire = () => sleep(Date.parse(key.expiresAt ?? '') - Date.now() + 5);
      expect(await useDuring(knownBy({ 'x-api-key': key.rawKey }), expire)).toBeLessThanOrEqual(0);
    });
  });

  describe('is refused from the answer on: a session', () => {
    it('that is logged out', async () => {
      const person = await newPerson(server);
      const logOut = async () =>
        expectData(await sdk.logout({ client: person.client, body: {} }), 204);
      expect(await useDuring(knownBy(person.headers), logOut)).toBeLessThanOrEqual(0);
    });

    it('whose refresh token another one logs out with', async () => {
      const person = await newPerson(server);
      const { client } = await logIn(person);
      const { refreshToken } = person.session;
      const logOut = async () =>
        expectData(await sdk.logout({ client, body: { refreshToken } }), 204);
      expect(await useDuring(knownBy(person.headers), logOut)).toBeLessThanOrEqual(0);
    });

    it('that its person ends from another one', async () => {
      const person = await newPerson(server);
      const { client } = person;
      const [session] = expectData(await sdk.listMySessions({ client }), 200);
      const other = await logIn(person);
      const path = { id: session?.id ?? '' };
      const end = async () =>
        expectData(await sdk.endMySession({ client: other.client, path }), 204);
      expect(await useDuring(knownBy(person.headers), end)).toBeLessThanOrEqual(0);
      expectData(await sdk.whoAmI({ client: other.client }), 200);
    });

    it('whose used refresh token comes again', async () => {
      const person = await newPerson(server);
      const client = clientOf(server);
      const { refreshToken } = person.session;
      const refresh = () => sdk.refresh({ client, body: { refreshToken } });
      const next = personOf(server, expectData(await refresh(), 200));
      const again = async () => expectError(await refresh(), 401, 'refresh_refused');
      expect(await useDuring(knownBy(next.headers), again)).toBeLessThanOrEqual(0);
      expect(await knownBy(person.headers)()).toBe(false);
    });

    it('other than the one that sets a new password', async () => {
      const person = await newPerson(server);
      const { client } = await logIn(person);
      const body = { currentPassword: PASSWORD, newPassword: 'another password of the tests' };
      const change = async () => expectData(await sdk.updateMe({ client, body }), 200);
      expect(await useDuring(knownBy(person.headers), change)).toBeLessThanOrEqual(0);
      expectData(await sdk.whoAmI({ client }), 200);
    });

    it('of an account that is disabled, for good', async () => {
      const person = await newPerson(server);
      const disable = () => update(person, { disabled: true });
      expect(await useDuring(knownBy(person.headers), disable)).toBeLessThanOrEqual(0);
      await update(person, { disabled: false });
      expect(await knownBy(person.headers)()).toBe(false);
    });

    it('whose access token expires', async () => {
      const { session } = await newPerson(server);
      const exp = Math.ceil(Date.now() / 1000) + 1;
      const brief = bearer(forge(session.accessToken, { payload: { exp } }));
      const expire = () => sleep(exp * 1000 - Date.now() + 5);
      expect(await useDuring(knownBy(brief), expire)).toBeLessThanOrEqual(0);
    });

    it('that expires before its access token', async () => {
      const { session, headers } = await newPerson(server);
      const expiresAtMs = Date.now() + 3_000;
      const rows = await ServerRows.of(server);
      await rows.query(
        `UPDATE sessions SET expires_at = '${new Date(expiresAtMs).toISOString()}' WHERE user_id = '${session.user.id}'`,
      );
      await rows.close();
      const expire = () => sleep(expiresAtMs - Date.now() + 5);
      expect(await useDuring(knownBy(headers), expire)).toBeLessThanOrEqual(0);
    });
  });

  describe('is refused from the answer on: a right', () => {
    it('of an admin who is made a user', async () => {
      const person = await newPerson(server);
      const list = letIn(() => sdk.listUsers({ client: person.client }));
      expect(await list()).toBe(false);
      await update(person, { role: 'admin' });
      expect(await list()).toBe(true);
      expect(await useDuring(list, () => update(person, { role: 'user' }))).toBeLessThanOrEqual(0);
      expectData(await sdk.whoAmI({ client: person.client }), 200);
    });

    const shared = async (role: sdk.TenantRole) => {
      const [owner, member] = [await newPerson(server), await newPerson(server)];
      const id = await tenantOf(owner);
      const body = { email: member.session.user.email, role };
      expectData(await sdk.addMember({ client: owner.client, path: { id }, body }), 201);
      return { owner, member, id, path: { id, userId: idOf(member) } };
    };

    it('of a member whose role is a lower one', async () => {
      const { owner, member, id, path } = await shared('owner');
      const keys = letIn(() => sdk.listTenantKeys({ client: member.client, path: { id } }));
      const body = { role: 'viewer' } as const;
      const lower = async () =>
        expectData(await sdk.changeMember({ client: owner.client, path, body }), 200);
      expect(await useDuring(keys, lower)).toBeLessThanOrEqual(0);
      expectData(await sdk.getTenant({ client: member.client, path: { id } }), 200);
    });

    it('of a member who is removed', async () => {
      const { owner, member, id, path } = await shared('viewer');
      const see = letIn(() => sdk.getTenant({ client: member.client, path: { id } }));
      const remove = async () =>
        expectData(await sdk.removeMember({ client: owner.client, path }), 200);
      expect(await useDuring(see, remove)).toBeLessThanOrEqual(0);
      expectData(await sdk.whoAmI({ client: member.client }), 200);
    });

    it('of a member who leaves', async () => {
      const { member, id, path } = await shared('viewer');
      const { client } = member;
      const see = letIn(() => sdk.getTenant({ client, path: { id } }));
      const leave = async () => expectData(await sdk.removeMember({ client, path }), 200);
      expect(await useDuring(see, leave)).toBeLessThanOrEqual(0);
    });
  });

  it('is told anew from the answer on: whether a tenant is suspended, or being deleted', async () => {
    const owner = await newPerson(server);
    const { client } = owner;
    const path = { id: await tenantOf(owner) };
    const get = async () => expectData(await sdk.getTenant({ client, path }), 200);
    const body = { suspend: true };
    const suspend = async () => expectData(await sdk.updateTenant({ client, path, body }), 200);
    expect(await useDuring(async () => !(await get()).suspend, suspend)).toBeLessThanOrEqual(0);
    const remove = async () => expectData(await sdk.deleteTenant({ client, path }), 200);
    const stays = async () => (await get()).phase !== 'Deleting';
    expect(await useDuring(stays, remove)).toBeLessThanOrEqual(0);
  });

  it('is let in again from the answer on, with a new role', async () => {
    const person = await newPerson(server);
    const who = async () => expectData(await sdk.whoAmI({ client: person.client }), 200);
    expect(await who()).toMatchObject({ role: 'user' });
    await update(person, { role: 'admin' });
    expect(await who()).toMatchObject({ role: 'admin' });
  });

  describe('is refused when a command beside the server has ended that', () => {
    it.each([
      ['sets a new password', 'reset-password'],
      ['disables the account', 'disable-user'],
    ])('%s', async (_what, command) => {
      const person = await newPerson(server);
      const run = async () =>
        expect(
          await nexusAdmin(server.settings, [command, person.session.user.email]),
        ).toMatchObject({ code: 0 });
      expect(await useDuring(knownBy(person.headers), run)).toBeLessThanOrEqual(UNDER_WAY_MS);
    });
  });
});

describe('a tenant that is gone', () => {
  it('takes its keys and its members with it', async () => {
    const server = await TestServer.start();
    try {
      const [admin, owner] = [await theAdmin(server), await newPerson(server)];
      const { client } = owner;
      const { id } = await readyTenant(client);
      const path = { id };
      const body = { label: 'busy' };
      const { rawKey } = expectData(await sdk.createTenantKey({ client, path, body }), 201);
      const keyed = clientOf(server, { 'x-api-key': rawKey });
      const gone = () => until('it is gone', async () => !(await exists(admin, id)));
      const remove = async (): Promise<void> => {
        expectData(await sdk.deleteTenant({ client, path }), 200);
        await gone();
      };
      const [byKey, byMember] = await Promise.all([
        useDuring(
          letIn(() => sdk.whoAmI({ client: keyed })),
          remove,
        ),
        useDuring(
          letIn(() => sdk.getTenant({ client, path })),
          gone,
        ),
      ]);
      expect(byKey).toBeLessThanOrEqual(UNDER_WAY_MS);
      expect(byMember).toBeLessThanOrEqual(UNDER_WAY_MS);
      expectError(await sdk.whoAmI({ client: keyed }), 401, 'credential_invalid');
      expectError(await sdk.getTenant({ client, path }), 403, 'tenant_forbidden');
    } finally {
      await server.close();
    }
  });
});

async function exists({ client }: Person, id: string): Promise<boolean> {
  return (await sdk.getTenant({ client, path: { id } })).response?.status !== 404;
}
