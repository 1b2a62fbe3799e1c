import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  newPerson,
  PASSWORD,
  type Person,
  readyTenant,
  sdk,
  theAdmin,
} from '../support/api.js';
import { type EventReader, readEvents, type SeenEvent } from '../support/events.js';
import { type Model, startModel } from '../support/model.js';
import { execute } from '../support/postgres.js';
import { TestServer } from '../support/server.js';
import { until } from '../support/until.js';
import { socketClient } from '../support/web-socket.js';

/** Within which what one server revoked is refused by the other. */
const REFUSED_WITHIN_MS = 1_000;
const STOOD_STILL_MS = 1_500;
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

  it('refuse an admin and a member who are none any more on the other one', async () => {
    const admin = await theAdmin(here);
    const [owner, person] = [await newPerson(here), await newPerson(here)];
    const body = { displayName: 'Shared' };
    const { id } = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
    const account = { id: person.session.user.id };
    const update = async (role: 'admin' | 'user') =>
      expectData(
        await sdk.updateUser({ client: admin.client, path: account, body: { role } }),
        200,
      );
    await update('admin');
    const client = elsewhere(person.headers);
    expectData(await sdk.listUsers({ client }), 200);
    expectData(await sdk.getTenant({ client, path: { id } }), 200);
    await update('user');
    const answers = async () => {
      const [users, tenant] = [
        await sdk.listUsers({ client }),
        await sdk.getTenant({ client, path: { id } }),
      ];
      return [users.response?.status, tenant.response?.status];
    };
    const none = async () => (await answers()).every((status) => status === 403);
    expect(await until('the role is refused', none, REFUSED_WITHIN_MS)).toBe(true);
    const member = { email: person.session.user.email, role: 'viewer' } as const;
    const path = { id };
    expectData(await sdk.addMember({ client: owner.client, path, body: member }), 201);
    expectData(await sdk.getTenant({ client, path }), 200);
    const membership = { id, userId: account.id };
    expectData(await sdk.removeMember({ client: owner.client, path: membership }), 200);
    // Rows are never remembered here.
    expectError(await sdk.getTenant({ client, path }), 403, 'tenant_forbidden');
  });

  it('refuse at the first request what was revoked while they stood still', async () => {
    const person = await newPerson(here);
    const client = elsewhere(person.headers);
    expectData(await sdk.whoAmI({ client }), 200);
    process.kill(there.pid, 'SIGSTOP');
    try {
      expectData(await sdk.logout({ client: person.client, body: {} }), 204);
      await new Promise((resolve) => setTimeout(resolve, STOOD_STILL_MS));
      const asked = sdk.whoAmI({ client });
      process.kill(there.pid, 'SIGCONT');
      expectError(await asked, 401, 'credential_invalid');
    } finally {
      process.kill(there.pid, 'SIGCONT');
    }
  });

  it('refuse what was revoked while they could not hear of it', async () => {
    const person = await newPerson(here);
    const client = elsewhere(person.headers);
    expectData(await sdk.whoAmI({ client }), 200);
    await execute(
      here.databaseUrl ?? '',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'nexus-wake' AND datname = current_database()`,
    );
    expectData(await sdk.logout({ client: person.client, body: {} }), 204);
    expectError(await sdk.whoAmI({ client: person.client }), 401, 'credential_invalid');
    expect(await refused('the session', client)).toBe(true);
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

describe('two servers with the nodes of one of them', () => {
  let here: TestServer;
  let there: TestServer;
  let model: Model;
  let owner: Person;
  /** The same person, asking the server that does not reconcile. */
  let elsewhere: Person['client'];
  beforeAll(async () => {
    model = await startModel();
    // What is not brought about by a wake would take longer than the test may.
    const environment = { NEXUS_RESYNC_SECONDS: '600' };
    here = await TestServer.start({ environment });
    const { DATABASE_URL = '', NEXUS_DATA_DIR = '', NEXUS_NODE_PORTS = '' } = here.settings;
    const shared = { DATABASE_URL, NEXUS_DATA_DIR, NEXUS_NODE_PORTS };
    there = await TestServer.start({ environment: { ...environment, ...shared } });
    owner = await newPerson(here);
    elsewhere = clientOf(there, owner.headers);
  });
  afterAll(async () => {
    await there?.close();
    await here?.close();
    await model?.close();
  });

  it('wake each other, run agents and follow logs from either', async () => {
    const tenant = await readyTenant(elsewhere);
    const body = echoSpec('shared', { model: { primary: model.block } });
    expectData(await sdk.createAgent({ client: elsewhere, body }), 201);
    await agentWhen(elsewhere, 'shared', isRunning);
    const path = `/api/v1/tenants/${tenant.id}/agents/shared`;
    const logs = await Promise.all(
      [here, there].map((server) =>
        readEvents(server, `${path}/logs?follow=true`, { headers: owner.headers }),
      ),
    );
    for (const server of [here, there]) {
      const socket = await socketClient(server, `${path}/run/stream`, owner.headers);
      socket.ask({ query: 'hello' });
      expect(await socket.frame('done')).toMatchObject({ answer: 'You said: hello' });
      socket.socket.close();
    }
    const runsIn = ({ seen }: { seen: SeenEvent[] }) =>
      seen.filter(({ data }) => String(data['message']).startsWith('Run completed'));
    for (const log of logs) await until('both runs are seen', async () => runsIn(log).length === 2);
    const [first, second] = logs;
    expect(runsIn(second as EventReader).map(({ data }) => data)).toEqual(
      runsIn(first as EventReader).map(({ data }) => data),
    );
    // A reader that lost one server goes on with the other.
    const last = runsIn(first as EventReader)[0]?.id ?? '';
    const resumed = await readEvents(there, `${path}/logs?follow=true`, {
      headers: { ...owner.headers, 'last-event-id': last },
    });
    await until('the second run is seen', async () => runsIn(resumed).length === 1);
    for (const log of [...logs, resumed]) log.leave();
    const metrics = await sdk.getAgentMetrics({ client: owner.client, path: { name: 'shared' } });
    expect(expectData(metrics, 200).conversations).toMatchObject({ total: 2, completed: 2 });
  });

  it('end a WebSocket on one of them when the session ends on the other', async () => {
    const path = '/api/v1/agents/shared/run/stream';
    const { session } = owner;
    const login = { email: session.user.email, password: PASSWORD };
    const opened = await sdk.login({ client: clientOf(here), body: login });
    const headers = { authorization: `Bearer ${expectData(opened, 200).accessToken}` };
    const socket = await socketClient(there, path, headers);
    expectData(await sdk.logout({ client: clientOf(here, headers), body: {} }), 204);
    const who = () => sdk.whoAmI({ client: clientOf(there, headers) });
    const isHeard = async () => (await who()).response?.status === 401;
    await until('the other one has heard of it', isHeard, REFUSED_WITHIN_MS);
    socket.ask({ query: 'still there?' });
    expect(await socket.frame('error')).toMatchObject({ code: 'credential_invalid' });
    expect(await socket.closed).toBe(1008);
  });
});
