import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  readyTenant,
  sdk,
  tenantWhen,
} from '../../support/api.js';
import { until } from '../../support/until.js';
import {
  agentPath,
  agentResourceWhen,
  conditionOf,
  eventsAbout,
  tenantPath,
  tenantResourceWhen,
} from '../doors/resources.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { told } from './told.js';

const cluster = theCluster();
const { admin } = cluster;
const PAUSE_MS = 50;
/** How often each object is rewritten after the quarrel was told. */
const REWRITTEN = 60;
/** Of ours to one object: repairs within a minute, a status for each, and one for the quarrel. */
const MOST_WRITES = 20;
/** What is contested is put right every 30 s. */
const SETTLED_WITHIN_MS = 90_000;

/** Somebody who patches an object all the time, to something else each time. */
class Meddler {
  times = 0;
  private goesOn = true;
  private readonly work: Promise<void>;

  constructor(
    readonly path: string,
    private readonly theirs: (times: number) => object,
  ) {
    this.work = this.meddle();
  }

  async stop(): Promise<void> {
    this.goesOn = false;
    await this.work;
  }

  private async meddle(): Promise<void> {
    while (this.goesOn) {
      const patch = { spec: this.theirs(++this.times) };
      await admin.patch(`${this.path}?fieldManager=meddler`, patch);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

describe.skipIf(cluster.facts.kubelet === undefined)('what another controller rewrites', () => {
  let world: World;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    world = await World.start();
    const { client } = world.admin;
    tenant = await readyTenant(client, 'Ours');
    const headers = { 'x-tenant-id': tenant.id };
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('helper') }), 201);
    await agentWhen(client, 'helper', isRunning, { headers });
    const agent = agentPath(tenant.crName, 'helper');
    await until('its resource is there', () => admin.find(agent), 100_000);
  });
  afterAll(() => world?.stop());

  it('is not fought over; that is told, and it is ours again once they stop', async (context) => {
    const audit = cluster.audit(context);
    const { id, crName } = tenant;
    const resource = tenantPath(world.namespace, crName);
    const agent = agentPath(crName, 'helper');
    const quota = `/api/v1/namespaces/${crName}/resourcequotas/nexus-quota`;
    const agents = 'count/nexusagents.nexus.astromesh.io';
    const since = await audit.moment();
    const meddlers = [
      new Meddler(resource, (times) => ({ displayName: `Theirs ${times}` })),
      new Meddler(agent, (times) => ({ agentSpec: { metadata: { version: `2.0.${times}` } } })),
      new Meddler(quota, (times) => ({ hard: { [agents]: String(1000 + times) } })),
    ];
    const [live, liveAgent, seen] = await Promise.all([
      tenantResourceWhen(admin, resource, isContested),
      agentResourceWhen(admin, agent, isContested),
      tenantWhen(
        world.admin.client,
        id,
        (one) => told(one, 'Reconciling').reason === 'DriftContested',
      ),
    ]);
    const wanted = meddlers.map(({ times }) => times + REWRITTEN);
    await until('they have gone on', async () =>
      meddlers.every(({ times }, index) => times >= (wanted[index] ?? 0)),
    );
    await Promise.all(meddlers.map((meddler) => meddler.stop()));
    const words = (one: Parameters<typeof conditionOf>[0]) =>
      conditionOf(one, 'Reconciling')?.message;
    expect(words(live)).toContain('"meddler" keeps changing spec.displayName');
    expect(words(liveAgent)).toContain('"meddler" keeps changing spec.agentSpec');
    expect(told(seen, 'Reconciling').message).toContain(`spec.hard["${agents}"]`);
    const query = { since, until: await audit.moment(), user: world.account.user };
    const writes = await audit.writes(query);
    for (const { path } of meddlers) {
      const ours = writes.filter(({ uri }) => uri.startsWith(path));
      expect.soft(ours.length, path).toBeLessThanOrEqual(MOST_WRITES);
    }
    const events = await eventsAbout(admin, live);
    expect(events.filter(({ reason }) => reason === 'Contested')).toHaveLength(1);

    const within = SETTLED_WITHIN_MS;
    const isOurs = (one: typeof live) => one.spec.displayName === 'Ours' && !isContested(one);
    await tenantResourceWhen(admin, resource, isOurs, within);
    const isAgentOurs = (one: typeof liveAgent) =>
      JSON.stringify(one.spec).includes('"1.0.0"') && !isContested(one);
    await agentResourceWhen(admin, agent, isAgentOurs, within);
    const isQuiet = (one: sdk.Tenant) => one.ready && told(one, 'Reconciling').reason === '';
    await tenantWhen(world.admin.client, id, isQuiet, within);
    const { spec } = await admin.get<{ spec: { hard: Record<string, string> } }>(quota);
    expect(spec.hard[agents]).toBe(String(tenant.resourceQuota.maxAgents));
  }, 240_000);
});

function isContested(one: Parameters<typeof conditionOf>[0]): boolean {
  return conditionOf(one, 'Reconciling')?.reason === 'Contested';
}
