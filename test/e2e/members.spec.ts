import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
  theAdmin,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

describe('members', () => {
  let server: TestServer;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({
      driver: 'none',
      environment: { NEXUS_TENANTS_PER_USER: '3' },
    });
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  const idOf = ({ session }: Person): string => session.user.id;
  const emailOf = ({ session }: Person): string => session.user.email;
  const tenantOf = async ({ client }: Person, displayName = 'One') =>
    expectData(await sdk.createTenant({ client, body: { displayName } }), 201);
  const add = async (by: Person, id: string, email: string, role: sdk.TenantRole) =>
    sdk.addMember({ client: by.client, path: { id }, body: { email, role } });
  const change = async (by: Person, id: string, person: Person, role: sdk.TenantRole) =>
    sdk.changeMember({
      client: by.client,
      path: { id, userId: idOf(person) },
      body: { role },
    });
  const remove = async (by: Person, id: string, person: Person) =>
    sdk.removeMember({ client: by.client, path: { id, userId: idOf(person) } });
  const list = async (by: Person, id: string) =>
    sdk.listMembers({ client: by.client, path: { id } });
  const see = async (by: Person, id: string) => sdk.getTenant({ client: by.client, path: { id } });

  /** A tenant of a new owner, with a new member. */
  async function shared(role: sdk.TenantRole) {
    const [owner, member] = [await newPerson(server), await newPerson(server)];
    const { id } = await tenantOf(owner);
    expectData(await add(owner, id, emailOf(member), role), 201);
    return { owner, member, id };
  }

  it('are added by address, listed, and get in at once', async () => {
    const owner = await newPerson(server);
    const member = await newPerson(server);
    const { id, crName } = await tenantOf(owner);
    expectError(await see(member, id), 403, 'tenant_forbidden');
    const added = expectData(
      await add(owner, crName, ` ${emailOf(member).toUpperCase()} `, 'viewer'),
      201,
    );
    expect(added).toMatchObject({
      userId: idOf(member),
      email: emailOf(member),
      displayName: member.session.user.displayName,
      role: 'viewer',
    });
    expectData(await see(member, id), 200);
    const me = expectData(await sdk.whoAmI({ client: member.client }), 200);
    expect(me).toMatchObject({ tenants: [{ id, role: 'viewer' }], tenantId: id });
    const listed = expectData(await list(owner, id), 200);
    expect(listed.map(({ userId, role }) => [userId, role])).toEqual([
      [idOf(owner), 'owner'],
      [idOf(member), 'viewer'],
    ]);
    expectError(await add(owner, id, emailOf(member), 'owner'), 409, 'member_exists');
    expectError(await add(owner, id, 'nobody@example.com', 'viewer'), 404, 'user_not_found');
  });

  it('are listed page by page', async () => {
    const owner = await newPerson(server);
    const { id } = await tenantOf(owner);
    const people = [owner];
    for (let n = 0; n < 3; n++) {
      const person = await newPerson(server);
      expectData(await add(owner, id, emailOf(person), 'viewer'), 201);
      people.push(person);
    }
    const first = await sdk.listMembers({
      client: owner.client,
      path: { id },
      query: { limit: 3 },
    });
    expect(first.response?.headers.get('x-total-count')).toBe('4');
    const next = /<([^>]+)>; rel="next"/.exec(first.response?.headers.get('link') ?? '')?.[1] ?? '';
    const late = await newPerson(server);
    expectData(await remove(owner, id, people[1] as Person), 200);
    expectData(await add(owner, id, emailOf(late), 'viewer'), 201);
    const second = await raw(server, 'GET', next, { headers: owner.headers });
    expect(
      [...expectData(first, 200), ...(second.error as sdk.Member[])].map((m) => m.userId),
    ).toEqual([...people, late].map(idOf));
    const other = await tenantOf(owner, 'Other');
    const elsewhere = next.replace(id, other.id);
    expectError(await raw(server, 'GET', elsewhere, owner), 400, 'invalid_request');
  });

  it('lose access at the next request, and their keys stay', async () => {
    const { owner, member, id } = await shared('owner');
    const body = { label: 'of a member' };
    const key = expectData(
      await sdk.createTenantKey({ client: member.client, path: { id }, body }),
      201,
    );
    expect(expectData(await remove(owner, id, member), 200)).toEqual({ removed: idOf(member) });
    expectError(await see(member, id), 403, 'tenant_forbidden');
    expectError(await list(member, id), 404, 'tenant_not_found');
    const keyed = clientOf(server, bearer(key.rawKey));
    expectData(await sdk.getTenant({ client: keyed, path: { id } }), 200);
    const keys = expectData(await sdk.listTenantKeys({ client: owner.client, path: { id } }), 200);
    expect(keys).toMatchObject([{ hash: key.hash, createdBy: idOf(member) }]);
    expectError(await remove(owner, id, member), 404, 'member_not_found');
    expectError(await change(owner, id, member, 'viewer'), 404, 'member_not_found');
  });

  it('have a new role at the next request', async () => {
    const { owner, member, id } = await shared('viewer');
    const create = async (name: string) =>
      sdk.createAgent({ client: member.client, body: echoSpec(name) });
    expectError(await create('refused'), 403, 'permission_missing');
    expect(expectData(await change(owner, id, member, 'developer'), 200).role).toBe('developer');
    expectData(await create('allowed'), 201);
    expectData(await change(owner, id, member, 'viewer'), 200);
    expectError(await create('refused'), 403, 'permission_missing');
  });

  it('may leave, whatever their role, but take nobody along', async () => {
    const { owner, member, id } = await shared('viewer');
    expectError(await remove(member, id, owner), 403, 'permission_missing');
    expectData(await remove(member, id, member), 200);
    expectError(await see(member, id), 403, 'tenant_forbidden');
    expectError(await remove(member, id, member), 404, 'tenant_not_found');
  });

  it('always have an owner', async () => {
    const { owner, member, id } = await shared('developer');
    expectError(await remove(owner, id, owner), 409, 'last_owner');
    expectError(await change(owner, id, owner, 'viewer'), 409, 'last_owner');
    expectError(await remove(admin, id, owner), 409, 'last_owner');
    expect(expectData(await change(owner, id, owner, 'owner'), 200).role).toBe('owner');
    expectData(await change(owner, id, member, 'owner'), 200);
    expectData(await change(member, id, owner, 'viewer'), 200);
    expectError(await change(owner, id, owner, 'owner'), 403, 'permission_missing');
    expectError(await remove(member, id, member), 409, 'last_owner');
  });

  it.each(['remove each other', 'leave', 'demote each other'])(
    'always have an owner, also when two %s at once',
    async (what) => {
      for (let round = 0; round < 5; round++) {
        const { owner, member, id } = await shared('owner');
        const at = (by: Person, other: Person) => {
          if (what === 'leave') return remove(by, id, by);
          return what === 'demote each other'
            ? change(by, id, other, 'viewer')
            : remove(by, id, other);
        };
        const answers = await Promise.all([at(owner, member), at(member, owner)]);
        const statuses = answers.map(({ response }) => response?.status);
        expect(statuses.filter((status) => status === 200)).toHaveLength(1);
        const left = expectData(await list(admin, id), 200);
        expect(left.filter(({ role }) => role === 'owner')).toHaveLength(1);
      }
    },
  );

  it('own no more tenants than NEXUS_TENANTS_PER_USER, unless an admin says so', async () => {
    const { member, id, owner } = await shared('developer');
    for (const name of ['a', 'b']) await tenantOf(member, name);
    const other = await shared('viewer');
    const [one, two] = await Promise.all([
      change(owner, id, member, 'owner'),
      add(other.owner, other.id, emailOf(member), 'owner'),
    ]);
    const refused = one.response?.status === 200 ? two : one;
    const done = refused === one ? two : one;
    expect(done.response?.ok).toBe(true);
    expectError(refused, 409, 'tenant_limit');
    const create = sdk.createTenant({ client: member.client, body: { displayName: 'c' } });
    expectError(await create, 409, 'tenant_limit');
    if (refused === one) expectData(await change(admin, id, member, 'owner'), 200);
    else expectData(await add(admin, other.id, emailOf(member), 'owner'), 201);
  });

  it("are none of a stranger's business, whether the tenant exists or not", async () => {
    const { owner, member, id } = await shared('viewer');
    const stranger = await newPerson(server);
    const bodies = [];
    for (const tenant of [id, 't_none', 'tenant-none']) {
      for (const answer of [
        await list(stranger, tenant),
        await add(stranger, tenant, emailOf(stranger), 'owner'),
        await add(stranger, tenant, 'nobody@example.com', 'owner'),
        await change(stranger, tenant, member, 'owner'),
        await change(stranger, tenant, stranger, 'owner'),
        await remove(stranger, tenant, owner),
        await remove(stranger, tenant, stranger),
      ]) {
        const { requestId: _differs, ...body } = expectError(answer, 404, 'tenant_not_found');
        bodies.push(JSON.stringify(body));
      }
    }
    expect(new Set(bodies).size).toBe(1);
    expect(expectData(await list(owner, id), 200)).toHaveLength(2);
  });

  it.each([
    ['no address', { email: 'nobody', role: 'viewer' }, 'email'],
    ['an unknown role', { email: 'a@example.com', role: 'admin' }, 'role'],
    ['an unknown key', { email: 'a@example.com', role: 'viewer', force: true }, 'force'],
  ])('are refused with %s', async (_what, body, path) => {
    const owner = await newPerson(server);
    const { id } = await tenantOf(owner);
    const answer = await sdk.addMember({ client: owner.client, path: { id }, body: body as never });
    const error = expectError(answer, 400, 'invalid_request');
    expect(error.issues?.map((issue) => issue.path)).toContain(path);
  });

  it('of a tenant that is being deleted stay as they are', async () => {
    const { owner, member, id } = await shared('viewer');
    expectData(await sdk.deleteTenant({ client: owner.client, path: { id } }), 200);
    expectError(await change(owner, id, member, 'owner'), 409, 'tenant_deleting');
  });

  describe('may do what their role says', () => {
    type Asker = { client: Person['client']; id: string };
    const NOBODY = { userId: 'usr_none' };
    const ATTEMPTS: Record<string, (asker: Asker) => Promise<{ response?: Response }>> = {
      'see the tenant': ({ client, id }) => sdk.getTenant({ client, path: { id } }),
      'list agents': ({ client }) => sdk.listAgents({ client }),
      'show an agent': ({ client }) => sdk.getAgent({ client, path: { name: 'bot' } }),
      'list versions': ({ client }) => sdk.listAgentVersions({ client, path: { name: 'bot' } }),
      'show logs': ({ client }) => sdk.getAgentLogs({ client, path: { name: 'bot' } }),
      'show metrics': ({ client }) => sdk.getAgentMetrics({ client, path: { name: 'bot' } }),
      'create an agent': ({ client }) => sdk.createAgent({ client, body: echoSpec('bot') }),
      'replace an agent': ({ client }) =>
        sdk.replaceAgent({ client, path: { name: 'bot' }, body: echoSpec('bot') }),
      'pause an agent': ({ client }) => sdk.pauseAgent({ client, path: { name: 'bot' } }),
      'resume an agent': ({ client }) => sdk.resumeAgent({ client, path: { name: 'bot' } }),
      'revert an agent': ({ client }) => sdk.revertAgent({ client, path: { name: 'bot', n: 1 } }),
      'run an agent': ({ client }) =>
        sdk.runAgent({ client, path: { name: 'bot' }, body: { query: 'x' } }),
      'delete an agent': ({ client }) => sdk.deleteAgent({ client, path: { name: 'none' } }),
      'change the tenant': ({ client, id }) =>
        sdk.updateTenant({ client, path: { id }, body: { suspend: false } }),
      'list keys': ({ client, id }) => sdk.listTenantKeys({ client, path: { id } }),
      'make a key': ({ client, id }) =>
        sdk.createTenantKey({ client, path: { id }, body: { label: 'x' } }),
      'revoke a key': ({ client, id }) =>
        sdk.revokeTenantKey({ client, path: { id, hash: 'none' } }),
      'list members': ({ client, id }) => sdk.listMembers({ client, path: { id } }),
      'add a member': ({ client, id }) =>
        sdk.addMember({ client, path: { id }, body: { email: 'no@example.com', role: 'viewer' } }),
      'change a member': ({ client, id }) =>
        sdk.changeMember({ client, path: { id, ...NOBODY }, body: { role: 'owner' } }),
      'remove a member': ({ client, id }) => sdk.removeMember({ client, path: { id, ...NOBODY } }),
      'delete the tenant': ({ client, id }) => sdk.deleteTenant({ client, path: { id } }),
    };
    const READING = Object.keys(ATTEMPTS).slice(0, 6);
    const DEPLOYING = Object.keys(ATTEMPTS).slice(0, 13);

    it.each([
      ['viewer', READING],
      ['developer', DEPLOYING],
      ['owner', Object.keys(ATTEMPTS)],
    ] as const)('%s', async (role, allowed) => {
      const { owner, member, id } = await shared(role);
      expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
      const refused = [];
      for (const [what, attempt] of Object.entries(ATTEMPTS)) {
        const { response } = await attempt({ client: member.client, id });
        expect(response?.status, what).not.toBe(401);
        expect(response?.status, what).not.toBe(400);
        if (response?.status === 403) refused.push(what);
      }
      expect(refused).toEqual(Object.keys(ATTEMPTS).filter((what) => !allowed.includes(what)));
    });
  });
});

describe('addresses of members', () => {
  it('are asked for at a limited rate, known or not, but not by admins', async () => {
    const environment = { NEXUS_AUTH_RATE_PER_MINUTE: '5' };
    const server = await TestServer.start({ driver: 'none', environment });
    try {
      const owner = await newPerson(server);
      const admin = await theAdmin(server);
      const { id } = expectData(
        await sdk.createTenant({ client: owner.client, body: { displayName: 'One' } }),
        201,
      );
      const ask = async ({ client }: Person, email: string) =>
        sdk.addMember({ client, path: { id }, body: { email, role: 'viewer' } });
      for (let n = 0; n < 5; n++) {
        expectError(await ask(owner, `nobody-${n}@example.com`), 404, 'user_not_found');
      }
      for (const email of ['nobody@example.com', admin.session.user.email]) {
        const refused = await ask(owner, email);
        expectError(refused, 429, 'rate_limited');
        expect(Number(refused.response?.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      for (let n = 0; n < 6; n++) {
        expectError(await ask(admin, `nobody-${n}@example.com`), 404, 'user_not_found');
      }
    } finally {
      await server.close();
    }
  });
});
