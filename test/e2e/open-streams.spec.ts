import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
  theAdmin,
  until,
} from '../support/api.js';
import { readEvents } from '../support/events.js';
import { TestServer } from '../support/server.js';
import { openClient, socketClient } from '../support/web-socket.js';

const MOST = 2;

// What stays open: WebSockets to agents, and logs that are followed. No node is needed for either.
describe('streams that stay open', () => {
  let server: TestServer;
  let owner: Person;
  let tenant: sdk.Tenant;
  let socketPath: string;
  let logPath: string;
  beforeAll(async () => {
    const environment = { NEXUS_STREAMS_PER_ACTOR: String(MOST) };
    server = await TestServer.start({ driver: 'none', environment });
  });
  beforeEach(async () => {
    owner = await newPerson(server);
    const body = { displayName: 'With streams' };
    tenant = expectData(await sdk.createTenant({ client: owner.client, body }), 201);
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('talker') }), 201);
    const agent = `/api/v1/tenants/${tenant.id}/agents/talker`;
    socketPath = `${agent}/run/stream`;
    logPath = `${agent}/logs?follow=true`;
  });
  afterAll(() => server.close());

  const open = ({ headers }: Pick<Person, 'headers'>) => socketClient(server, socketPath, headers);
  const follow = ({ headers }: Pick<Person, 'headers'>) => readEvents(server, logPath, { headers });
  const refusals = async (action: string, actor: string) => {
    const { client } = await theAdmin(server);
    const query = { action, actor, outcome: 'refused' } as const;
    return until(`a refused ${action} is in the audit`, async () => {
      const found = expectData(await sdk.listAudit({ client, query }), 200);
      return found.length > 0 ? found : undefined;
    });
  };

  it('are so many for each actor, of both kinds together', async () => {
    const socket = await open(owner);
    const log = await follow(owner);
    expect(log.response.status).toBe(200);
    const third = await openClient(server, socketPath, owner.headers);
    if ('frames' in third) throw new Error('It should have been refused');
    expect([third.status, third.body['code']]).toEqual([429, 'too_many_streams']);
    const answer = await raw(server, 'GET', logPath, { headers: owner.headers });
    expect(expectError(answer, 429, 'too_many_streams').error).toMatch(/close one first/);
    expect(answer.response.headers.get('retry-after')).toBe('5');
    const { email } = owner.session.user;
    const detail = { status: 429, code: 'too_many_streams' };
    expect(await refusals('streamAgentRun', email)).toMatchObject([{ detail }]);
    expect(await refusals('getAgentLogs', email)).toMatchObject([{ detail }]);

    const path = { id: tenant.id };
    const made = await sdk.createTenantKey({ client: owner.client, path, body: { label: 'own' } });
    const key = { headers: { 'x-api-key': expectData(made, 201).rawKey } };
    const ofKey = await open(key);
    ofKey.socket.close();
    socket.socket.close();
    const again = await until('there is room again', async () => {
      const next = await openClient(server, socketPath, owner.headers);
      return 'frames' in next && next;
    });
    again.socket.close();
    log.leave();
  });

  it('are not counted when they never opened, or were left', async () => {
    const nobody = socketPath.replace('talker', 'nobody');
    for (let turn = 0; turn <= MOST; turn++) {
      expect(await openClient(server, nobody, owner.headers)).toMatchObject({ status: 404 });
      const odd = { ...owner.headers, 'last-event-id': 'something' };
      const bad = await raw(server, 'GET', logPath, { headers: odd });
      expectError(bad, 400, 'invalid_request');
      expect((await raw(server, 'HEAD', logPath, { headers: owner.headers })).response.ok).toBe(
        true,
      );
      expect(await halfShaken()).toMatch(/^HTTP\/1\.1 400 /);
    }
    for (let turn = 0; turn <= 2 * MOST; turn++) {
      await until('there is room', async () => {
        const log = await follow(owner);
        log.leave();
        await log.ended;
        return log.response.status === 200;
      });
    }
    const both = [await open(owner), await open(owner)];
    for (const { socket } of both) socket.close();
  });

  it('end for who is taken out of the tenant, and the audit tells so', async () => {
    const member = await newPerson(server);
    const { email, id: userId } = member.session.user;
    const path = { id: tenant.id };
    const body = { email, role: 'developer' } as const;
    expectData(await sdk.addMember({ client: owner.client, path, body }), 201);
    const [socket, log] = [await open(member), await follow(member)];
    const out = { client: owner.client, path: { ...path, userId } };
    expectData(await sdk.removeMember(out), 200);
    socket.ask({ query: 'still there?' });
    expect(await socket.frame('error')).toMatchObject({ code: 'tenant_not_found' });
    expect(await socket.closed).toBe(1008);
    expect((await log.ended).at(-1)).toMatchObject({
      event: 'error',
      data: { code: 'tenant_not_found' },
    });
    const actor = { kind: 'user', id: userId, label: email };
    const detail = { status: 404, code: 'tenant_not_found' };
    const { requestId } = socket;
    expect(await refusals('streamAgentRun', email)).toEqual([
      expect.objectContaining({ actor, detail, requestId, target: socketPath }),
    ]);
    expect(await refusals('getAgentLogs', email)).toEqual([
      expect.objectContaining({
        actor,
        detail,
        requestId: log.response.headers.get('x-request-id'),
        target: logPath.split('?')[0],
      }),
    ]);
    expectError(await sdk.getTenant({ client: member.client, path }), 403, 'tenant_forbidden');
  });

  it('are not held against who lost the credential meanwhile', async () => {
    const socket = await open(owner);
    expectData(await sdk.logout({ client: owner.client, body: {} }), 204);
    socket.ask({ query: 'still there?' });
    expect(await socket.frame('error')).toMatchObject({ code: 'credential_invalid' });
    expect(await socket.closed).toBe(1008);
    const { client } = await theAdmin(server);
    const query = { action: 'streamAgentRun', actor: owner.session.user.id };
    expect(expectData(await sdk.listAudit({ client, query }), 200)).toEqual([]);
  });

  /** An upgrade that is let in and lacks what a WebSocket needs. */
  function halfShaken(): Promise<string> {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    const headers = { host: 'nexus', connection: 'upgrade', upgrade: 'websocket' };
    const lines = Object.entries({ ...headers, ...owner.headers }).map((pair) => pair.join(': '));
    socket.write([`GET ${socketPath} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    return new Promise((resolve, reject) => {
      let said = '';
      socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
      socket.on('end', () => resolve(said));
      socket.on('error', reject);
    });
  }
});
