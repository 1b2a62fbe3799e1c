import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NexusTenant } from '../../../src/reconciliation/resources/nexus-tenant.schemas.js';
import { nexusAdmin } from '../../support/admin.js';
import { echoSpec, expectData, sdk } from '../../support/api.js';
import { until } from '../../support/until.js';
import { applyDefinitions } from '../resources/definitions.js';
import { theCluster } from '../test-cluster.js';
import { DoorWorld } from './door-world.js';
import { agentPath, gone, tenantPath } from './resources.js';

const TENANTS = 20;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

// Where there is a cluster already, there may be no programs to start one.
describe.skipIf(theCluster().facts.kubelet === undefined)(
  `${TENANTS} tenants whose resources vanish without having been deleted`,
  () => {
    cases();
  },
);

function cases(): void {
  let world: DoorWorld;
  let tenants: sdk.Tenant[];
  beforeAll(async () => {
    world = await DoorWorld.start();
    tenants = await world.tenants(TENANTS);
    const { client } = world.person;
    for (const { id } of tenants.slice(0, 3)) {
      const headers = { 'x-tenant-id': id };
      expectData(await sdk.createAgent({ client, headers, body: echoSpec('helper') }), 201);
    }
    await agentsThere();
  });
  afterAll(() => world?.stop());

  function agentsThere(): Promise<unknown> {
    return until(
      'the agents have their resources',
      async () => {
        const paths = tenants.slice(0, 3).map(({ crName }) => agentPath(crName, 'helper'));
        const found = await Promise.all(paths.map((one) => world.admin.find<NexusTenant>(one)));
        return found.every((one) => one !== undefined && !one.metadata.deletionTimestamp);
      },
      90_000,
    );
  }

  /** Nobody lost anything, and every resource is there again. */
  async function expectAll(): Promise<void> {
    await world.resourcesOf(tenants, 90_000);
    await agentsThere();
    const listed = await world.listed();
    expect(listed.size).toBe(tenants.length);
    for (const { id, crName } of tenants) {
      expect(listed.get(id)).toMatchObject({ crName, origin: 'api' });
      expect(listed.get(id)?.phase).not.toBe('Deleting');
    }
  }

  async function namespaceUids(): Promise<Map<string, string>> {
    const all = await world.admin.list('/api/v1/namespaces');
    const names = new Set(tenants.map(({ crName }) => crName));
    const ours = all.filter(({ metadata }) => names.has(metadata.name));
    return new Map(ours.map(({ metadata }) => [metadata.name, metadata.uid]));
  }

  it('are made again when their finalizers are stripped', async () => {
    const before = await namespaceUids();
    // While it runs it would put them back.
    await world.server.stop();
    for (const { crName } of tenants) {
      const resource = tenantPath(world.namespace, crName);
      const { metadata } = await world.admin.get(resource);
      await world.admin.patch(resource, { metadata: { finalizers: null } });
      await world.admin.delete(resource, { preconditions: { uid: metadata.uid } });
    }
    await world.run();
    await expectAll();
    expect(await namespaceUids()).toEqual(before);
  });

  it('are made again when their definitions are deleted and come back', async () => {
    const before = await namespaceUids();
    for (const plural of ['nexustenants', 'nexusagents']) {
      await world.admin.delete(`${DEFINITIONS}/${plural}.nexus.astromesh.io`);
    }
    for (const plural of ['nexustenants', 'nexusagents']) {
      await gone(world.admin, `${DEFINITIONS}/${plural}.nexus.astromesh.io`, 30_000);
    }
    await applyDefinitions(world.admin);
    await expectAll();
    expect(await namespaceUids()).toEqual(before);
  });

  it('are made again when the namespace of the control plane is deleted and comes back', async () => {
    const before = await namespaceUids();
    await world.admin.delete(`/api/v1/namespaces/${world.namespace}`);
    await gone(world.admin, `/api/v1/namespaces/${world.namespace}`, 60_000);
    await world.makeNamespace();
    await expectAll();
    expect(await namespaceUids()).toEqual(before);
  });

  it('are made again when that happens while nobody leads: the namespace can end', async () => {
    const before = await namespaceUids();
    const namespace = `/api/v1/namespaces/${world.namespace}`;
    const lease = '/apis/coordination.k8s.io/v1/namespaces/NS/leases/nexus-controller';
    await world.server.stop();
    await world.admin.delete(namespace);
    await gone(world.admin, lease.replace('NS', world.namespace), 60_000);
    await world.run();
    await gone(world.admin, namespace, 60_000);
    const { client } = world.person;
    const told = await until('it says why nothing is reconciled', async () => {
      const { error } = await sdk.ready({ client });
      return error as { checks?: { driver?: string } } | undefined;
    });
    expect(told.checks?.driver).toMatch(`the namespace ${world.namespace} is `);
    await world.makeNamespace();
    await expectAll();
    expect(await namespaceUids()).toEqual(before);
    await until('it is ready', async () => (await sdk.ready({ client })).data !== undefined);
  });

  it('get their namespace and their agents again when that is deleted', async () => {
    const [{ crName }] = tenants as [sdk.Tenant];
    const before = await namespaceUids();
    await world.admin.delete(`/api/v1/namespaces/${crName}`);
    await until('it is another one', async () => {
      const uid = (await namespaceUids()).get(crName);
      return uid !== undefined && uid !== before.get(crName);
    });
    await expectAll();
  });

  it('stay with an older backup of the database, and so do those that came since', async () => {
    const { client } = world.person;
    const file = path.join(world.server.dataDir, 'backup.json.gz');
    const admin = (...args: string[]) => nexusAdmin(world.server.settings, args);
    expect(await admin('backup', file)).toMatchObject({ code: 0 });
    const [changed] = tenants as [sdk.Tenant];
    const { id } = changed;
    const change = { client, path: { id }, body: { displayName: 'Since' } };
    expectData(await sdk.updateTenant(change), 200);
    const since = await world.tenants(2);
    for (const one of [changed, ...since]) {
      const headers = { 'x-tenant-id': one.id };
      expectData(await sdk.createAgent({ client, headers, body: echoSpec('since') }), 201);
      await until('it has its resource', () => world.admin.find(agentPath(one.crName, 'since')));
    }
    await world.server.stop();
    expect(await admin('restore', file, '--force')).toMatchObject({ code: 0 });
    await world.run();
    await until('all are there', async () => (await world.listed()).size === TENANTS + 2, 60_000);
    tenants.push(...since);
    await expectAll();
    // What came through the API is as it was then; what the cluster has gained is adopted.
    expect((await world.listed()).get(id)?.displayName).toBe(changed.displayName);
    for (const one of [changed, ...since]) {
      const headers = { 'x-tenant-id': one.id };
      await until('its agent is adopted', async () => {
        const request = { client: world.person.client, headers, path: { name: 'since' } };
        return (await sdk.getAgent(request)).data?.origin === 'api';
      });
    }
  });

  it('come back with the same ids into an empty database', async () => {
    const before = await namespaceUids();
    await world.replaceServer();
    await until(
      'all are adopted',
      async () => (await world.listed()).size === tenants.length,
      60_000,
    );
    await expectAll();
    expect(await namespaceUids()).toEqual(before);
    const { client } = world.person;
    const [{ id }] = tenants as [sdk.Tenant];
    const renamed = await sdk.updateTenant({
      client,
      path: { id },
      body: { displayName: 'Still ours' },
    });
    expectData(renamed, 200);
    const headers = { 'x-tenant-id': id };
    await until('its agent is adopted', async () => {
      const { data } = await sdk.getAgent({ client, headers, path: { name: 'helper' } });
      return data?.origin === 'api';
    });
  });
}
