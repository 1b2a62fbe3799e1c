import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  readyTenant,
  sdk,
  tenantWhen,
} from '../../support/api.js';
import { until } from '../../support/until.js';
import { ControlPlane } from '../control-plane.js';
import { World } from '../provisioning/world.js';
import { TestCluster, theCluster } from '../test-cluster.js';

type Tenant = sdk.Tenant;

const OUTAGE_MS = 60_000;
/** Between two tenants that are made meanwhile. */
const PAUSE_MS = 6_000;
/** Of an answer of ours, on a machine that has much else to do. */
const ANSWERED_WITHIN_MS = 5_000;
/** Since the API server is ready again, the start of the controllers of the cluster included. */
const CONVERGED_WITHIN_MS = 60_000;

interface Deployment {
  spec: { replicas: number };
}

describe.skipIf(theCluster().facts.kubelet === undefined)('an API server that is away', () => {
  let plane: ControlPlane;
  let world: World;
  beforeAll(async () => {
    plane = await ControlPlane.start();
    world = await World.start({ cluster: new TestCluster(plane.facts) });
  });
  afterAll(async () => {
    await world?.stop();
    await plane?.stop();
  });

  it('for a minute keeps nobody from working, loses nothing, and is caught up with', async () => {
    const { client } = world.admin;
    const names = ['changed', 'suspended', 'deleted'];
    const tenants = await Promise.all(names.map((name) => readyTenant(client, name)));
    const [changed, suspended, deleted] = tenants as [Tenant, Tenant, Tenant];

    await plane.stopOne('apiserver', 'SIGKILL');
    const goneMs = Date.now();
    const isAway = (): boolean => Date.now() - goneMs < OUTAGE_MS;
    expectData(await sdk.deleteTenant({ client, path: { id: deleted.id } }), 200);
    const suspend = { client, path: { id: suspended.id }, body: { suspend: true } };
    expectData(await sdk.updateTenant(suspend), 200);
    const [made, agents, slowestMs] = await Promise.all([
      makeTenants(isAway),
      changeAndDeploy(changed, isAway),
      keepAsking(isAway),
    ]);
    expect(slowestMs).toBeLessThan(ANSWERED_WITHIN_MS);
    const told = await sdk.ready({ client });
    expectError(told, 503, 'not_ready');
    expect(told.error).toMatchObject({
      checks: { database: 'ok', driver: 'the API server cannot be reached' },
    });
    await plane.startOne('apiserver');
    await plane.untilReady();
    // They wait after failures as well; with leader election they would have ended, to be started.
    await plane.stopOne('controller-manager', 'SIGKILL');
    await plane.startOne('controller-manager');
    const untilMs = Date.now() + CONVERGED_WITHIN_MS;
    const leftMs = (): number => Math.max(0, untilMs - Date.now());
    await until('it is ready again', async () => (await sdk.ready({ client })).data !== undefined);

    expect(made.length).toBeGreaterThanOrEqual(OUTAGE_MS / PAUSE_MS / 2);
    for (const { id, crName } of made) {
      await tenantWhen(client, id, ({ ready }) => ready, leftMs());
      const namespaces = await plane.admin.list(
        `/api/v1/namespaces?labelSelector=nexus.astromesh.io%2Ftenant-id%3D${id}`,
      );
      expect(namespaces.map(({ metadata }) => metadata.name)).toEqual([crName]);
    }
    await tenantWhen(client, changed.id, ({ ready }) => ready, leftMs());
    const headers = { 'x-tenant-id': changed.id };
    expect(agents.length).toBeGreaterThanOrEqual(OUTAGE_MS / PAUSE_MS / 2);
    for (const agent of agents) {
      await agentWhen(client, agent, isRunning, { headers, withinMs: leftMs() });
    }
    await expectChanges(changed, suspended, deleted, agents.length);
    const all = expectData(await sdk.listTenants({ client, query: { limit: 100 } }), 200);
    expect(all.map(({ id }) => id).sort()).toEqual(
      [changed, suspended, ...made].map(({ id }) => id).sort(),
    );
  }, 400_000);

  /** Makes tenants all the time. */
  async function makeTenants(isAway: () => boolean): Promise<Tenant[]> {
    const { client } = world.admin;
    const made: Tenant[] = [];
    while (isAway()) {
      const body = { displayName: `Meanwhile ${made.length}` };
      made.push(expectData(await sdk.createTenant({ client, body }), 201));
      await pause(PAUSE_MS);
    }
    return made;
  }

  /** Deploys agents to a tenant all the time, and gives it room for just as many. */
  async function changeAndDeploy({ id }: Tenant, isAway: () => boolean): Promise<string[]> {
    const { client } = world.admin;
    const agents: string[] = [];
    while (isAway()) {
      const body = { resourceQuota: { maxAgents: agents.length + 1 } };
      expectData(await sdk.updateTenant({ client, path: { id }, body }), 200);
      const name = `meanwhile-${agents.length}`;
      const headers = { 'x-tenant-id': id };
      expectData(await sdk.createAgent({ client, headers, body: echoSpec(name) }), 201);
      agents.push(name);
      await pause(PAUSE_MS);
    }
    return agents;
  }

  /** Reads all the time; gives how long the slowest answer took. */
  async function keepAsking(isAway: () => boolean): Promise<number> {
    const { client } = world.admin;
    let slowestMs = 0;
    while (isAway()) {
      const askedMs = Date.now();
      expectData(await sdk.listTenants({ client }), 200);
      slowestMs = Math.max(slowestMs, Date.now() - askedMs);
      await pause(500);
    }
    return slowestMs;
  }

  async function expectChanges(
    changed: Tenant,
    suspended: Tenant,
    deleted: Tenant,
    maxAgents: number,
  ): Promise<void> {
    const { admin } = plane;
    const quota = await admin.get<{ spec: { hard: Record<string, string> } }>(
      `/api/v1/namespaces/${changed.crName}/resourcequotas/nexus-quota`,
    );
    expect(quota.spec.hard['count/nexusagents.nexus.astromesh.io']).toBe(String(maxAgents));
    const node = `/apis/apps/v1/namespaces/${suspended.crName}/deployments/astromesh-node`;
    await until('its node is stopped', async () => {
      return (await admin.get<Deployment>(node)).spec.replicas === 0;
    });
    await until('its namespace is gone', async () => {
      return (await admin.find(`/api/v1/namespaces/${deleted.crName}`)) === undefined;
    });
    const { client } = world.admin;
    await until('its row is gone', async () => {
      const { response } = await sdk.getTenant({ client, path: { id: deleted.id } });
      return response?.status === 404;
    });
  }
});

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}
