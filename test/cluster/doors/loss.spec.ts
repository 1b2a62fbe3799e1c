import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NexusTenant } from '../../../src/reconciliation/resources/nexus-tenant.schemas.js';
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
        const found = await Promise.all(paths.map((path) => world.admin.find<NexusTenant>(path)));
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
    expect(listed.size).toBe(TENANTS);
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
      const path = tenantPath(world.namespace, crName);
      const { metadata } = await world.admin.get(path);
      await world.admin.patch(path, { metadata: { finalizers: null } });
      await world.admin.delete(path, { preconditions: { uid: metadata.uid } });
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

  it('come back with the same ids into an empty database', async () => {
    const before = await namespaceUids();
    await world.replaceServer();
    await until('all are adopted', async () => (await world.listed()).size === TENANTS, 60_000);
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
