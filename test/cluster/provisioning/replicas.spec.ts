import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, type Person, sdk, tenantWhen, theAdmin } from '../../support/api.js';
import { freshDatabase } from '../../support/postgres.js';
import { startPostgres } from '../../support/postgres-server.js';
import { TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const HAND_OVER_MS = 2_000;
const TAKE_OVER_MS = 25_000;

/** When a server said so last, by its log. */
function saidAt({ lines }: TestServer, message: string): number | undefined {
  const line = lines.findLast((one) => one.includes(`"msg":"${message}"`));
  return line === undefined ? undefined : Date.parse((JSON.parse(line) as { time: string }).time);
}

describe.skipIf(cluster.facts.kubelet === undefined)('two replicas', () => {
  let stopDatabase: (() => Promise<void>) | undefined;
  let world: World;
  let second: TestServer;
  beforeAll(async () => {
    const postgres = await startPostgres();
    stopDatabase = postgres.stop;
    const { url } = await freshDatabase(postgres.url);
    world = await World.start({ environment: { DATABASE_URL: url } });
    second = await TestServer.create({
      driver: 'kubernetes',
      environment: { ...world.server.settings, NEXUS_DATA_DIR: `${world.server.dataDir}/second` },
    });
    await second.run();
  });
  afterAll(async () => {
    await second?.close();
    await world?.stop();
    await stopDatabase?.();
  });

  async function newTenant({ client }: Person): Promise<sdk.Tenant> {
    return expectData(await sdk.createTenant({ client, body: { displayName: 'One' } }), 201);
  }

  it('both serve, and one of them reconciles', async (context) => {
    const audit = cluster.audit(context);
    const since = await audit.moment();
    const other = await theAdmin(second);
    const people = [world.admin, other, world.admin, other, world.admin, other];
    const tenants = await Promise.all(people.map(newTenant));
    // What one has reconciled is what the other tells, and how it speaks to the node.
    for (const { id } of tenants) await tenantWhen(other.client, id, ({ ready }) => ready);
    const body = { query: { since, until: await audit.moment(), user: world.account.user } };
    const writes = await audit.writes(body.query);
    const paths = writes
      .filter(({ verb, object }) => verb === 'patch' && object?.resource !== 'events')
      .map(({ uri }) => uri.replace(/\?.*/, ''));
    const twice = paths.filter((path, nth) => paths.indexOf(path) !== nth);
    expect(twice.filter((path) => !path.includes('nexus.astromesh.io'))).toEqual([]);
    expect(saidAt(second, 'Began to lead')).toBeUndefined();
  });

  it('hand over within 2 s when the leader is stopped', async () => {
    await world.server.stop();
    const began = await until('the other leads', async () => saidAt(second, 'Began to lead'));
    const stopped = saidAt(world.server, 'Stopped leading') ?? 0;
    expect(began - stopped).toBeLessThan(HAND_OVER_MS);
    const admin = await theAdmin(second);
    const { id } = await newTenant(admin);
    await tenantWhen(admin.client, id, ({ ready }) => ready);
    await world.server.run();
    world.admin = await theAdmin(world.server);
  });

  it('take over within 25 s when the leader is killed', async () => {
    const before = saidAt(world.server, 'Began to lead') ?? 0;
    const killedAt = Date.now();
    await second.kill();
    const began = await until('the other leads', async () => {
      const at = saidAt(world.server, 'Began to lead') ?? 0;
      return at > before ? at : undefined;
    });
    expect(began - killedAt).toBeLessThan(TAKE_OVER_MS);
    const { id } = await newTenant(world.admin);
    await tenantWhen(world.admin.client, id, ({ ready }) => ready);
  });
});
