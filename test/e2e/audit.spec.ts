import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bearer,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  newPerson,
  PASSWORD,
  type Person,
  raw,
  sdk,
  theAdmin,
  until,
} from '../support/api.js';
import { ADMIN, TestServer } from '../support/server.js';

type Query = NonNullable<sdk.ListAuditData['query']>;

describe('the audit', () => {
  let server: TestServer;
  let admin: Person;
  let owner: Person;
  let member: Person;
  let stranger: Person;
  let id: string;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    admin = await theAdmin(server);
    owner = await newPerson(server);
    member = await newPerson(server);
    stranger = await newPerson(server);
    id = (await tenantOf(owner)).id;
    const body = { email: member.session.user.email, role: 'viewer' } as const;
    expectData(await sdk.addMember({ client: owner.client, path: { id }, body }), 201);
  });
  afterAll(() => server.close());

  const tenantOf = async ({ client }: Person) =>
    expectData(await sdk.createTenant({ client, body: { displayName: 'One' } }), 201);
  const ofTenant = async (person: Person, tenant: string, query: Query = {}) =>
    expectData(
      await sdk.listTenantAudit({ client: person.client, path: { id: tenant }, query }),
      200,
    );
  const ofAll = async (query: Query = {}) =>
    expectData(await sdk.listAudit({ client: admin.client, query }), 200);
  /** Refusals are written after their answer. */
  const recorded = async (requestId: string) =>
    until(`the refusal ${requestId} is recorded`, async () =>
      (await ofAll({ outcome: 'refused' })).find((entry) => entry.requestId === requestId),
    );
  const requestIdOf = ({ response }: { response?: Response | undefined }): string =>
    response?.headers.get('x-request-id') ?? '';

  describe('of changes', () => {
    it('has an entry of each, and none of what changed nothing', async () => {
      const person = await newPerson(server);
      const other = await newPerson(server);
      const { client } = person;
      const tenant = (await tenantOf(person)).id;
      const path = { id: tenant };
      const bot = { name: 'bot' };
      const changed = echoSpec('bot', { system: 'changed' });
      const email = other.session.user.email;
      const userId = other.session.user.id;
      const variable = { id: tenant, name: 'KEY' };
      const steps: [string, string, () => Promise<{ response?: Response | undefined }>][] = [
        [
          'tenant.updated',
          tenant,
          () => sdk.updateTenant({ client, path, body: { suspend: true } }),
        ],
        ['agent.created', 'bot', () => sdk.createAgent({ client, body: echoSpec('bot') })],
        ['agent.updated', 'bot', () => sdk.replaceAgent({ client, path: bot, body: changed })],
        ['agent.paused', 'bot', () => sdk.pauseAgent({ client, path: bot })],
        ['agent.resumed', 'bot', () => sdk.resumeAgent({ client, path: bot })],
        ['agent.updated', 'bot', () => sdk.revertAgent({ client, path: { ...bot, n: 1 } })],
        ['agent.deleted', 'bot', () => sdk.deleteAgent({ client, path: bot })],
        [
          'member.added',
          userId,
          () => sdk.addMember({ client, path, body: { email, role: 'viewer' } }),
        ],
        [
          'member.updated',
          userId,
          () =>
            sdk.changeMember({ client, path: { ...path, userId }, body: { role: 'developer' } }),
        ],
        ['member.removed', userId, () => sdk.removeMember({ client, path: { ...path, userId } })],
        [
          'variable.created',
          'KEY',
          () => sdk.setVariable({ client, path: variable, body: { value: 'sk-secret-1' } }),
        ],
        [
          'variable.updated',
          'KEY',
          () => sdk.setVariable({ client, path: variable, body: { value: 'sk-secret-2' } }),
        ],
        ['variable.deleted', 'KEY', () => sdk.deleteVariable({ client, path: variable })],
      ];
      const told = [];
      for (const [action, target, step] of steps) {
        const answer = await step();
        expect(answer.response?.ok, action).toBe(true);
        told.unshift({ action, target, requestId: requestIdOf(answer) });
      }
      expectData(await sdk.updateTenant({ client, path, body: { suspend: true } }), 200);
      const key = expectData(
        await sdk.createTenantKey({ client, path, body: { label: 'ci' } }),
        201,
      );
      const hash = key.hash;
      expectData(await sdk.revokeTenantKey({ client, path: { ...path, hash } }), 200);
      expectData(await sdk.deleteTenant({ client, path }), 200);
      const entries = await ofTenant(person, tenant);
      expect(entries.map(({ action, target }) => [action, target])).toEqual([
        ['tenant.deleted', tenant],
        ['key.revoked', hash],
        ['key.created', hash],
        ...told.map(({ action, target }) => [action, target]),
        ['tenant.created', tenant],
      ]);
      expect(entries.slice(3, -1).map(({ requestId }) => requestId)).toEqual(
        told.map(({ requestId }) => requestId),
      );
      const actor = { kind: 'user', id: person.session.user.id, label: person.session.user.email };
      for (const entry of entries) {
        expect(entry).toMatchObject({ actor, tenantId: tenant, outcome: 'done' });
      }
      const text = JSON.stringify(entries);
      for (const secret of [key.rawKey, 'sk-secret', 'changed', 'echo-1']) {
        expect(text).not.toContain(secret);
      }
    });

    it('names keys as actors, and people who log in and out', async () => {
      const key = expectData(
        await sdk.createTenantKey({ client: owner.client, path: { id }, body: { label: 'ci' } }),
        201,
      );
      const client = clientOf(server, bearer(key.rawKey));
      expectData(await sdk.createAgent({ client, body: echoSpec('of-a-key') }), 201);
      const [made] = await ofTenant(owner, id, { action: 'agent.created' });
      expect(made?.actor).toEqual({ kind: 'key', id: key.hash, label: 'ci' });
      const again = await theAdmin(server);
      expectData(await sdk.logout({ client: again.client, body: {} }), 204);
      const [out, opened] = await ofAll({ actor: ADMIN.email });
      expect([opened?.action, out?.action]).toEqual(['session.opened', 'session.ended']);
    });

    it('follows a session from its beginning to its end', async () => {
      const person = await newPerson(server);
      const { email, id: userId } = person.session.user;
      const login = { email, password: PASSWORD };
      const other = expectData(await sdk.login({ client: clientOf(server), body: login }), 200);
      const refresh = (refreshToken: string) =>
        sdk.refresh({ client: clientOf(server), body: { refreshToken } });
      const next = expectData(await refresh(other.refreshToken), 200);
      const both = { refreshToken: next.refreshToken };
      expectData(await sdk.logout({ client: person.client, body: both }), 204);
      const third = expectData(await sdk.login({ client: clientOf(server), body: login }), 200);
      const fourth = expectData(await refresh(third.refreshToken), 200);
      const reused = await refresh(third.refreshToken);
      expectError(reused, 401, 'refresh_refused');
      expectError(await refresh(fourth.refreshToken), 401, 'refresh_refused');
      const entries = (await ofAll({ actor: userId })).toReversed();
      const sessions = [...new Set(entries.slice(1).map(({ target }) => target))];
      expect(entries.map(({ action, target }) => [action, sessions.indexOf(target)])).toEqual([
        ['user.created', -1],
        ['session.opened', 0],
        ['session.opened', 1],
        ['session.refreshed', 1],
        ['session.ended', 0],
        ['session.ended', 1],
        ['session.opened', 2],
        ['session.refreshed', 2],
        ['session.ended', 2],
      ]);
      expect(entries.at(-1)).toMatchObject({
        actor: { kind: 'user', id: userId, label: email },
        requestId: requestIdOf(reused),
        detail: { reason: 'refresh_token_reused' },
      });
      expect(JSON.stringify(entries)).not.toMatch(/rt_|eyJ/);
    });
  });

  describe('of refusals', () => {
    it('tells who was refused what, on what, and why', async () => {
      const answer = await sdk.updateTenant({
        client: member.client,
        path: { id },
        body: { displayName: 'mine' },
      });
      const { requestId } = expectError(answer, 403, 'permission_missing');
      const entry = await recorded(requestId);
      expect(entry).toEqual({
        number: expect.any(Number),
        at: expect.stringMatching(/Z$/),
        actor: { kind: 'user', id: member.session.user.id, label: member.session.user.email },
        action: 'updateTenant',
        tenantId: id,
        target: `/api/v1/tenants/${id}`,
        outcome: 'refused',
        requestId,
        detail: { status: 403, code: 'permission_missing' },
      });
      expect(await ofTenant(owner, id, { action: 'updateTenant' })).toEqual([entry]);
    });

    it.each([
      ['a foreign tenant', (): string => id],
      ['an absent tenant', (): string => 't_none'],
    ])('keeps what strangers tried on %s from its owner', async (_what, tenant) => {
      const path = { id: tenant() };
      for (const [answer, status, code] of [
        [await sdk.getTenant({ client: stranger.client, path }), 403, 'tenant_forbidden'],
        [await sdk.listMembers({ client: stranger.client, path }), 404, 'tenant_not_found'],
      ] as const) {
        const { requestId } = expectError(answer, status, code);
        expect(await recorded(requestId)).toMatchObject({
          actor: { label: stranger.session.user.email },
          tenantId: null,
          detail: { status, code },
        });
      }
      expect(await ofTenant(owner, id, { actor: stranger.session.user.id })).toEqual([]);
    });

    it('tells the tenant of a key what the key was refused, wherever', async () => {
      const { rawKey, hash } = expectData(
        await sdk.createTenantKey({ client: owner.client, path: { id }, body: { label: 'nosy' } }),
        201,
      );
      const client = clientOf(server, { 'x-api-key': rawKey });
      const other = await tenantOf(stranger);
      const foreign = await sdk.getTenant({ client, path: { id: other.id } });
      const beyond = await sdk.listAudit({ client });
      for (const answer of [foreign, beyond]) {
        expectError(answer, 403, answer === foreign ? 'tenant_forbidden' : 'permission_missing');
        const entry = await recorded(requestIdOf(answer));
        expect(entry).toMatchObject({ tenantId: id, actor: { kind: 'key', id: hash } });
      }
      expect(await ofTenant(stranger, other.id, { outcome: 'refused' })).toEqual([]);
    });

    it('has the conflicts of changes, with the tenant that a spec names', async () => {
      const twice = await newPerson(server);
      const [one, two] = [await tenantOf(twice), await tenantOf(twice)];
      const { client } = twice;
      const spec = echoSpec('bot');
      const body = { ...spec, metadata: { ...spec.metadata, namespace: two.crName } };
      expectData(await sdk.createAgent({ client, body }), 201);
      const duplicate = await sdk.createAgent({ client, body });
      expectError(duplicate, 409, 'agent_exists');
      const stale = await sdk.replaceAgent({
        client,
        path: { name: 'bot' },
        body,
        headers: { 'if-match': '"7"', 'x-tenant-id': two.id },
      });
      expectError(stale, 412, 'revision_stale');
      for (const [answer, action] of [
        [duplicate, 'createAgent'],
        [stale, 'replaceAgent'],
      ] as const) {
        expect(await recorded(requestIdOf(answer))).toMatchObject({ action, tenantId: two.id });
      }
      expect(await ofTenant(twice, one.id, { outcome: 'refused' })).toEqual([]);
    });

    it('does not overlook who leaves before the answer', async () => {
      const requestId = 'left-before-the-answer';
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      const headers = { host: 'nexus', 'x-request-id': requestId, ...stranger.headers };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
      const request = ['GET /api/v1/audit HTTP/1.1', ...lines, '', ''].join('\r\n');
      socket.write(request, () => socket.destroy());
      expect(await recorded(requestId)).toMatchObject({ action: 'listAudit' });
    });

    it('holds no query, no credential and nothing of a mistake in the input', async () => {
      const secret = `nxk_${'q'.repeat(43)}`;
      const at = `/api/v1/tenants/${secret}/members?limit=7`;
      const answer = await raw(server, 'GET', at, { headers: stranger.headers });
      const bad = await raw(server, 'GET', `/api/v1/tenants/${id}/members?limit=0`, owner);
      expectError(bad, 400, 'invalid_request');
      const missing = await sdk.getAgent({ client: owner.client, path: { name: 'none' } });
      expectError(missing, 404, 'agent_not_found');
      const probe = await sdk.listAudit({ client: owner.client });
      await recorded(requestIdOf(probe));
      const { target } = await recorded(requestIdOf(answer));
      expect(target).toBe('/api/v1/tenants/[redacted]/members');
      const refused = await ofAll({ outcome: 'refused' });
      const ids = refused.map(({ requestId }) => requestId);
      expect(ids).not.toContain(requestIdOf(bad));
      expect(ids).not.toContain(requestIdOf(missing));
      expect(JSON.stringify(refused)).not.toContain(secret);
    });
  });
});

describe('the audit of many refusals', () => {
  it('records 60 of an actor, counts the others and those of the unknown', async () => {
    const server = await TestServer.start({ driver: 'none' });
    try {
      const person = await newPerson(server);
      for (let n = 0; n < 70; n++) {
        expectError(await sdk.listAudit({ client: person.client }), 403, 'permission_missing');
      }
      const client = clientOf(server);
      const body = { email: ADMIN.email, password: 'not the password' };
      for (let n = 0; n < 3; n++)
        expectError(await sdk.login({ client, body }), 401, 'login_refused');
      const unknown = clientOf(server, bearer(`nxk_${'a'.repeat(43)}`));
      expectError(await sdk.whoAmI({ client: unknown }), 401, 'credential_invalid');
      await server.stop();
      await server.run();
      const admin = await theAdmin(server);
      const entries = expectData(
        await sdk.listAudit({ client: admin.client, query: { outcome: 'refused' } }),
        200,
      );
      const single = entries.filter(({ action }) => action === 'listAudit');
      expect(single).toHaveLength(60);
      const rest = entries.filter(({ action }) => action !== 'listAudit');
      expect(rest).toMatchObject([
        {
          actor: { kind: 'address', id: '127.0.0.1', label: '127.0.0.1' },
          action: 'refused.unknown',
          tenantId: null,
          requestId: null,
          detail: { count: 4, login_refused: 3, credential_invalid: 1 },
        },
        {
          actor: { kind: 'user', id: person.session.user.id },
          action: 'refused.many',
          detail: { count: 10, permission_missing: 10 },
        },
      ]);
      expect(JSON.stringify(entries)).not.toContain('not the password');
    } finally {
      await server.close();
    }
  });
});
