import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  type Person,
  sdk,
  tenantWhen,
  theAdmin,
} from '../../support/api.js';
import { freshDatabase } from '../../support/postgres.js';
import { startPostgres } from '../../support/postgres-server.js';
import type { TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import type { AuditEntry } from '../audit-log.js';
import { agentPath, agentResourceWhen } from '../doors/resources.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const HAND_OVER_MS = 2_000;
const TAKE_OVER_MS = 25_000;

/** A server, and who it is to the API server. */
interface Replica {
  server: TestServer;
  user: string;
  person: Person;
}

/** When a server said so last, by its log. */
function saidAt({ lines }: TestServer, message: string): number | undefined {
  const line = lines.findLast((one) => one.includes(`"msg":"${message}"`));
  return line === undefined ? undefined : Date.parse((JSON.parse(line) as { time: string }).time);
}

/** Objects of tenants that were written more than once; our own resources also tell a status. */
function writtenTwice(writes: readonly AuditEntry[]): string[] {
  const paths = writes
    .filter(({ verb, object }) => verb === 'patch' && object?.resource !== 'events')
    .map(({ uri }) => uri.replace(/\?.*/, ''));
  return paths
    .filter((path, nth) => paths.indexOf(path) !== nth)
    .filter((path) => !path.includes('nexus.astromesh.io'));
}

// In their order: each leaves one replica less.
describe.skipIf(cluster.facts.kubelet === undefined)('three replicas', () => {
  let stopDatabase: (() => Promise<void>) | undefined;
  let world: World;
  let running: Replica[];
  beforeAll(async () => {
    const postgres = await startPostgres();
    stopDatabase = postgres.stop;
    const { url } = await freshDatabase(postgres.url);
    world = await World.start({ environment: { DATABASE_URL: url } });
    running = [{ server: world.server, user: world.account.user, person: world.admin }];
    for (const name of ['second', 'third']) {
      const { server, user } = await world.replica(name);
      running.push({ server, user, person: world.admin });
      await server.run();
      running[running.length - 1] = { server, user, person: await theAdmin(server) };
    }
  }, 90_000);
  afterAll(async () => {
    for (const { server } of running ?? []) if (server !== world.server) await server.close();
    await world?.stop();
    await stopDatabase?.();
  });

  async function newTenant({ client }: Person): Promise<sdk.Tenant> {
    return expectData(await sdk.createTenant({ client, body: { displayName: 'One' } }), 201);
  }

  /** An agent that one replica was asked for runs, and has one resource, as all of them tell. */
  async function expectAgent({ person }: Replica, tenant: sdk.Tenant): Promise<void> {
    const { client } = person;
    const headers = { 'x-tenant-id': tenant.id };
    await tenantWhen(client, tenant.id, ({ ready }) => ready);
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('helper') }), 201);
    for (const other of running) {
      await agentWhen(other.person.client, 'helper', isRunning, { headers });
    }
    const path = agentPath(tenant.crName, 'helper');
    await agentResourceWhen(cluster.admin, path, ({ status }) => status?.phase === 'Running');
  }

  /** The one that has begun to lead since. */
  function leaderSince(sinceMs: number): Promise<Replica> {
    const isNew = ({ server }: Replica) => (saidAt(server, 'Began to lead') ?? 0) >= sinceMs;
    return until('another one leads', async () => running.find(isNew));
  }

  it('all serve, and one of them reconciles', async (context) => {
    const audit = cluster.audit(context);
    const since = await audit.moment();
    const [first, second] = running as [Replica, Replica, Replica];
    const tenants = await Promise.all(
      [...running, ...running].map(({ person }) => newTenant(person)),
    );
    // What one has reconciled is what the others tell, and how they speak to the node.
    for (const { id } of tenants) {
      for (const { person } of running) {
        await tenantWhen(person.client, id, ({ ready }) => ready);
      }
    }
    await expectAgent(second, tenants[0] as sdk.Tenant);
    const span = { since, until: await audit.moment() };
    const writes = await audit.writes({ ...span, user: first.user });
    expect(writtenTwice(writes)).toEqual([]);
    // The resource and its status; a new quota may refuse for a while.
    const done = writes.filter(({ code }) => code < 300);
    expect(done.filter(({ uri }) => uri.includes('/nexusagents/helper'))).toHaveLength(2);
    for (const { user, server } of running.slice(1)) {
      expect(await audit.writes({ ...span, user })).toEqual([]);
      expect(saidAt(server, 'Began to lead')).toBeUndefined();
    }
  });

  it('hand over within 2 s when the leader is stopped', async (context) => {
    const audit = cluster.audit(context);
    const [first] = running.splice(0, 1) as [Replica];
    await first.server.stop();
    const stopped = saidAt(first.server, 'Stopped leading') ?? 0;
    const leader = await leaderSince(stopped);
    expect((saidAt(leader.server, 'Began to lead') ?? 0) - stopped).toBeLessThan(HAND_OVER_MS);
    const since = await audit.moment();
    const other = running.find((one) => one !== leader) as Replica;
    await expectAgent(other, await newTenant(other.person));
    const span = { since, until: await audit.moment() };
    expect(writtenTwice(await audit.writes({ ...span, user: leader.user }))).toEqual([]);
    expect(await audit.writes({ ...span, user: other.user })).toEqual([]);
  });

  it('take over within 25 s when the leader is killed', async () => {
    const [old] = running.toSorted(
      (a, b) => (saidAt(b.server, 'Began to lead') ?? 0) - (saidAt(a.server, 'Began to lead') ?? 0),
    ) as [Replica];
    running.splice(running.indexOf(old), 1);
    const killedAt = Date.now();
    await old.server.kill();
    const leader = await leaderSince(killedAt);
    expect((saidAt(leader.server, 'Began to lead') ?? 0) - killedAt).toBeLessThan(TAKE_OVER_MS);
    await expectAgent(leader, await newTenant(leader.person));
    await old.server.close();
  });
});
