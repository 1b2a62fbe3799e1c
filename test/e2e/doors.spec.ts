import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/app.module.js';
import { DatabaseConfig } from '../../src/config/database.config.js';
import { Database } from '../../src/platform/database/database.js';
import { nexusAdmin } from '../support/admin.js';
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
import { agentResource, type Doors, openDoors, tenantResource } from '../support/doors.js';
import { TestServer } from '../support/server.js';

const BURST = 3;

// What came through the cluster, as the API and `nexus-admin` see it. The resources are taken by the
// services that a driver calls, beside the server.
describe('what came through the cluster', () => {
  let server: TestServer;
  let database: Database;
  let doors: Doors;
  let admin: Person;
  let owner: Person;
  let tenantId = '';
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    const dataDir = path.join(server.dataDir, 'data');
    const config = new DatabaseConfig({ dataDir, url: server.databaseUrl, poolSize: 4 });
    database = await Database.attach(config, ENTITIES);
    doors = openDoors({ database });
    admin = await theAdmin(server);
    owner = await newPerson(server);
    const { email } = owner.session.user;
    const taken = await doors.adoption.take(tenantResource({ owner: email }));
    if (taken.outcome !== 'adopted') throw new Error(taken.outcome);
    tenantId = taken.tenant.id;
    await doors.agents.take(agentResource(tenantId, 'bot'));
  });
  afterAll(async () => {
    await database?.close();
    await server.close();
  });

  /** Another process' writes are seen within a moment. */
  const seen = (what: string, wanted: () => Promise<boolean>) =>
    until(what, async () => ((await wanted()) ? true : undefined));

  it('is shown with who manages it, to its owner', async () => {
    const { client } = owner;
    const where = { id: 'acme' };
    await seen('the tenant is there', async () => {
      const answer = await sdk.getTenant({ client, path: where });
      return answer.response?.status === 200;
    });
    const tenant = expectData(await sdk.getTenant({ client, path: where }), 200);
    expect(tenant).toMatchObject({
      id: tenantId,
      crName: 'acme',
      namespace: 'acme',
      origin: 'cluster',
      fieldManager: 'kubectl',
    });
    const agent = expectData(await sdk.getAgent({ client, path: { name: 'bot' } }), 200);
    expect(agent).toMatchObject({ namespace: 'acme', origin: 'cluster', fieldManager: 'flux' });
  });

  it('is not changed through the API, by nobody, and the answer says who changes it', async () => {
    const id = { id: tenantId };
    const inTenant = { id: 'acme', name: 'bot' };
    const body = echoSpec('bot', { system: 'changed' });
    for (const { client } of [owner, admin]) {
      for (const answer of [
        await sdk.updateTenant({ client, path: id, body: { displayName: 'Mine' } }),
        await sdk.updateTenant({ client, path: id, body: { suspend: true } }),
        await sdk.deleteTenant({ client, path: id }),
      ]) {
        const refused = expectError(answer, 409, 'managed_by_cluster');
        expect(refused).toMatchObject({ fieldManager: 'kubectl' });
        expect(refused.error).toContain('"kubectl"');
      }
      for (const answer of [
        await sdk.replaceAgentInTenant({ client, path: inTenant, body }),
        await sdk.pauseAgentInTenant({ client, path: inTenant }),
        await sdk.resumeAgentInTenant({ client, path: inTenant }),
        await sdk.revertAgentInTenant({ client, path: { ...inTenant, n: 1 } }),
        await sdk.deleteAgentInTenant({ client, path: inTenant }),
      ]) {
        expect(expectError(answer, 409, 'managed_by_cluster').error).toContain('"flux"');
      }
    }
  });

  it('takes an agent through the API all the same', async () => {
    const { client } = owner;
    const where = { id: tenantId };
    const body = echoSpec('beside');
    expectData(await sdk.createAgentInTenant({ client, path: where, body }), 201);
    const beside = { id: tenantId, name: 'beside' };
    const agent = expectData(await sdk.getAgentInTenant({ client, path: beside }), 200);
    expect(agent).toMatchObject({ origin: 'api', fieldManager: null });
    expectData(await sdk.deleteAgentInTenant({ client, path: beside }), 200);
  });

  it('is in the audit as done by the cluster', async () => {
    const query = { actor: 'cluster' };
    const entries = expectData(await sdk.listAudit({ client: admin.client, query }), 200);
    expect(entries.map(({ action, actor }) => [action, actor.kind, actor.label])).toEqual([
      ['agent.adopted', 'cluster', 'flux'],
      ['tenant.adopted', 'cluster', 'kubectl'],
    ]);
  });

  it('is handed over to the API by an admin, with its agents or one after the other', async () => {
    const handOver = async ({ client }: Person, body: sdk.HandOver) =>
      sdk.handOverTenant({ client, path: { id: 'acme' }, body });
    expectError(await handOver(owner, { origin: 'api' }), 403, 'permission_missing');
    const odd = { origin: 'api', only: 'moon' } as never;
    expectError(await handOver(admin, odd), 400, 'invalid_request');
    expectError(await handOver(admin, { origin: 'cluster' }), 409, 'no_cluster');
    const agents = await handOver(admin, { origin: 'api', only: 'agents' });
    expect(expectData(agents, 200).origin).toBe('cluster');
    const { client } = owner;
    expectData(await sdk.pauseAgent({ client, path: { name: 'bot' } }), 200);
    const tenant = expectData(await handOver(admin, { origin: 'api' }), 200);
    expect(tenant).toMatchObject({ origin: 'api', fieldManager: null });
    const changed = { displayName: 'Mine' };
    expectData(await sdk.updateTenant({ client, path: { id: tenantId }, body: changed }), 200);
  });

  it('becomes the property of whoever it names, once there is an account', async () => {
    const email = 'Late@Example.com';
    const late = tenantResource({ name: 'late', uid: 'uid-late', owner: email });
    expect((await doors.adoption.take(late)).outcome).toBe('adopted');
    const body = { email: 'late@example.com', password: 'a password of the tests' };
    const answer = await raw(server, 'POST', '/auth/register', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { accessToken } = JSON.parse(answer.text) as { accessToken: string };
    const headers = { authorization: `Bearer ${accessToken}` };
    const mine = await raw(server, 'GET', '/api/v1/tenants', { headers });
    expect(JSON.parse(mine.text)).toMatchObject([{ crName: 'late', origin: 'cluster' }]);
  });

  it('is not deleted in a burst before nexus-admin has confirmed it', async () => {
    const resources = Array.from({ length: 5 }, (_, n) =>
      tenantResource({
        name: `burst-${n}`,
        uid: `uid-burst-${n}`,
        spec: { displayName: `N ${n}` },
      }),
    );
    for (const resource of resources) await doors.adoption.take(resource);
    const intend = async () => {
      const outcomes = [];
      for (const resource of resources) {
        await doors.clock.advance(1);
        outcomes.push(await doors.deletions.intend(resource, BURST));
      }
      return outcomes;
    };
    expect(await intend()).toEqual(['accepted', 'accepted', 'accepted', 'held', 'held']);
    const lines = /^t_\w+\tburst-3\tN 3\t20\S+Z\nt_\w+\tburst-4\tN 4\t20\S+Z\n$/;
    const run = (...args: string[]) => nexusAdmin(server.settings, ['confirm-deletions', ...args]);
    const listed = await run('--list');
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(lines) });
    expect(listed.stderr).toContain('2 deletion(s) wait.');
    expect((await intend()).slice(3)).toEqual(['held', 'held']);
    const confirmed = await run();
    expect(confirmed).toMatchObject({ code: 0, stdout: listed.stdout });
    expect(confirmed.stderr).toContain('2 deletion(s) confirmed.');
    expect((await intend()).slice(3)).toEqual(['accepted', 'accepted']);
    expect(await run()).toMatchObject({ code: 0, stdout: '' });
    const query = { action: 'tenant.deletion_confirmed' };
    const told = expectData(await sdk.listAudit({ client: admin.client, query }), 200);
    expect(told.map(({ actor }) => actor.id)).toEqual(['nexus-admin', 'nexus-admin']);
  });
});
