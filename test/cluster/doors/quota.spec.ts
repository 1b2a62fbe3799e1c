import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoSpec, expectData, expectError, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import { ApiRefusal } from '../api-client.js';
import type { KubeObject } from '../kube-objects.types.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { agentManifest, agentPath, agentResourceWhen, applyAgent } from './resources.js';

const cluster = theCluster();
const { admin } = cluster;
const COUNTED = 'count/nexusagents.nexus.astromesh.io';

interface Quota extends KubeObject {
  spec: { hard: Record<string, string> };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

describe.skipIf(cluster.facts.kubelet === undefined)("the quota of a tenant's agents", () => {
  let world: World;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    world = await World.start();
    const { client } = world.admin;
    const body = { displayName: 'Small', resourceQuota: { maxAgents: 2, cpu: '1', memory: '1Gi' } };
    const { id } = expectData(await sdk.createTenant({ client, body }), 201);
    tenant = await tenantWhen(client, id, ({ ready }) => ready);
  });
  afterAll(() => world?.stop());

  const headers = () => ({ 'x-tenant-id': tenant.id });
  const create = (name: string) =>
    sdk.createAgent({ client: world.admin.client, headers: headers(), body: echoSpec(name) });
  const runs = (name: string) =>
    agentResourceWhen(
      admin,
      agentPath(tenant.crName, name),
      ({ status }) => status?.phase === 'Running',
      100_000,
    );

  async function allow(maxAgents: number): Promise<void> {
    const { client } = world.admin;
    const body = { resourceQuota: { maxAgents } };
    expectData(await sdk.updateTenant({ client, path: { id: tenant.id }, body }), 200);
    await until('the API server counts so', async () => {
      const path = `/api/v1/namespaces/${tenant.crName}/resourcequotas/nexus-quota`;
      const { status } = await admin.get<Quota>(path);
      return status?.hard?.[COUNTED] === String(maxAgents) && status.used?.[COUNTED] !== undefined;
    });
  }

  it('holds at both doors, whichever an agent came through', async () => {
    expectData(await create('by-api'), 201);
    await runs('by-api');
    await applyAgent(admin, agentManifest(tenant.crName, 'by-kubectl'));
    await runs('by-kubectl');
    await expect(admin.apply(agentManifest(tenant.crName, 'third'))).rejects.toThrow(
      /exceeded quota: nexus-quota.*limited: count\/nexusagents\.nexus\.astromesh\.io=2/,
    );
    expectError(await create('third'), 409, 'agent_quota_exceeded');
  });

  it('lets more in once it is raised', async () => {
    await allow(3);
    await applyAgent(admin, agentManifest(tenant.crName, 'third'));
    await runs('third');
    expectError(await create('fourth'), 409, 'agent_quota_exceeded');
  });

  it('takes nothing away when it is lowered below what there is', async () => {
    await allow(1);
    await expect(admin.apply(agentManifest(tenant.crName, 'fourth'))).rejects.toBeInstanceOf(
      ApiRefusal,
    );
    expectError(await create('fourth'), 409, 'agent_quota_exceeded');
    for (const name of ['by-api', 'by-kubectl', 'third']) await runs(name);
  });
});
