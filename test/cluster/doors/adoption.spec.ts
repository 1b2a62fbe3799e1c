import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectError,
  isRunning,
  sdk,
  tenantWhen,
  TOLD_WITHIN_MS,
} from '../../support/api.js';
import { until } from '../../support/until.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { kstatusOf } from './kstatus.js';
import {
  AGENT_FINALIZER,
  agentManifest,
  agentPath,
  agentResourceWhen,
  applyAgent,
  conditionOf,
  TENANT_FINALIZER,
  tenantManifest,
  tenantPath,
  tenantResourceWhen,
} from './resources.js';

const cluster = theCluster();
const { admin } = cluster;

describe.skipIf(cluster.facts.kubelet === undefined)('what is applied with kubectl', () => {
  let world: World;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    world = await World.start();
    const crName = `team-${world.namespace}`;
    await admin.apply(tenantManifest(world.namespace, crName, { displayName: 'Team' }));
    tenant = await until('the tenant is adopted', () => tenantNamed(crName));
    await tenantWhen(world.admin.client, tenant.id, ({ ready }) => ready);
  });
  afterAll(() => world?.stop());

  async function tenantNamed(crName: string): Promise<sdk.Tenant | undefined> {
    const { client } = world.admin;
    const { data } = await sdk.listTenants({ client, query: { limit: 100 } });
    return data?.find((one) => one.crName === crName);
  }

  const headers = () => ({ 'x-tenant-id': tenant.id });

  it('becomes a tenant that says where it came from, and is marked as ours', async () => {
    expect(tenant).toMatchObject({ displayName: 'Team', origin: 'cluster' });
    const resource = await tenantResourceWhen(
      admin,
      tenantPath(world.namespace, tenant.crName),
      ({ status }) => status?.phase === 'Ready',
    );
    expect(resource.metadata.finalizers).toEqual([TENANT_FINALIZER]);
    expect(resource.metadata.annotations).toMatchObject({
      'nexus.astromesh.io/tenant-id': tenant.id,
    });
    expect(resource.status).toMatchObject({
      phase: 'Ready',
      namespace: tenant.crName,
      nodeEndpoint: `http://astromesh-node.${tenant.crName}.svc:8000`,
      agentCount: 0,
      observedGeneration: resource.metadata.generation,
      conditions: [{ type: 'Ready', status: 'True', reason: 'NodeReady' }],
    });
  });

  it('has the columns that people look for', async () => {
    await expectColumns(tenantPath(world.namespace), {
      narrow: ['Name', 'Phase', 'Ready', 'Agents', 'Node', 'Age'],
      wide: ['Namespace', 'Endpoint'],
      row: [tenant.crName, 'Ready', 'True', 0, 'full', expect.any(String)],
      more: [tenant.crName, `http://astromesh-node.${tenant.crName}.svc:8000`],
    });
  });

  it('is followed, and cannot be edited through the API', async () => {
    const { client } = world.admin;
    const resource = tenantPath(world.namespace, tenant.crName);
    await admin.apply(tenantManifest(world.namespace, tenant.crName, { displayName: 'Team 2' }));
    await tenantWhen(
      client,
      tenant.id,
      ({ displayName }) => displayName === 'Team 2',
      TOLD_WITHIN_MS,
    );
    const answer = await sdk.updateTenant({
      client,
      path: { id: tenant.id },
      body: { displayName: 'Other' },
    });
    expect(expectError(answer, 409, 'managed_by_cluster').error).toContain('tests');
    const refused = await sdk.deleteTenant({ client, path: { id: tenant.id } });
    expectError(refused, 409, 'managed_by_cluster');
    await tenantResourceWhen(
      admin,
      resource,
      ({ status, metadata }) => status?.observedGeneration === metadata.generation,
    );
  });

  /** What `kubectl get` prints, without and with `-o wide`. */
  async function expectColumns(
    path: string,
    { narrow, wide, row, more }: Record<'narrow' | 'wide' | 'row' | 'more', unknown[]>,
  ): Promise<void> {
    const table = await tableAt(path);
    const named = (isWide: boolean) =>
      table.columnDefinitions.filter(({ priority }) => priority > 0 === isWide);
    expect(named(false).map(({ name }) => name)).toEqual(narrow);
    expect(named(true).map(({ name }) => name)).toEqual(wide);
    expect(table.rows.map(({ cells }) => cells)).toEqual([[...row, ...more]]);
  }

  it('becomes an agent that runs', async () => {
    const { client } = world.admin;
    await applyAgent(admin, agentManifest(tenant.crName, 'helper'));
    const resource = await agentResourceWhen(
      admin,
      agentPath(tenant.crName, 'helper'),
      ({ status }) => status?.phase === 'Running',
    );
    expect(resource.metadata.finalizers).toEqual([AGENT_FINALIZER]);
    expect(resource.status).toMatchObject({
      nodeAck: true,
      lastSyncedAt: expect.any(String),
      observedGeneration: resource.metadata.generation,
      conditions: [{ type: 'Ready', status: 'True' }],
    });
    expect(kstatusOf(resource)).toBe('Current');
    await expectColumns(agentPath(tenant.crName), {
      narrow: ['Name', 'Phase', 'Ready', 'Ack', 'Synced', 'Age'],
      wide: [],
      row: ['helper', 'Running', 'True', true, expect.any(String), expect.any(String)],
      more: [],
    });
    await agentWhen(client, 'helper', isRunning, { headers: headers() });
    const body = echoSpec('helper', { prompts: { system: 'Other' } });
    const answer = await sdk.replaceAgent({
      client,
      headers: { ...headers(), 'if-match': '"1"' },
      path: { name: 'helper' },
      body,
    });
    expectError(answer, 409, 'managed_by_cluster');
    await tenantResourceWhen(
      admin,
      tenantPath(world.namespace, tenant.crName),
      ({ status }) => status?.agentCount === 1,
    );
  });

  it('says what its references lack', async () => {
    const chain = (agent: string) => ({ tools: [{ name: 'ask', type: 'agent', agent }] });
    await applyAgent(admin, agentManifest(tenant.crName, 'one', chain('two')));
    const one = agentPath(tenant.crName, 'one');
    const waits = await agentResourceWhen(
      admin,
      one,
      (agent) => conditionOf(agent, 'Ready')?.reason === 'ReferenceMissing',
    );
    expect(conditionOf(waits, 'Ready')).toMatchObject({ status: 'False' });
    expect(conditionOf(waits, 'Stalled')).toBeUndefined();
    expect(kstatusOf(waits)).toBe('InProgress');
    await applyAgent(admin, agentManifest(tenant.crName, 'two', chain('one')));
    const cycle = await agentResourceWhen(
      admin,
      agentPath(tenant.crName, 'two'),
      (agent) => conditionOf(agent, 'Stalled') !== undefined,
      TOLD_WITHIN_MS,
    );
    expect(conditionOf(cycle, 'Stalled')).toMatchObject({ reason: 'ReferenceCycle' });
    expect(kstatusOf(cycle)).toBe('Failed');
    await applyAgent(admin, agentManifest(tenant.crName, 'two'));
    await agentResourceWhen(admin, one, ({ status }) => status?.phase === 'Running');
  });

  it('is refused with a reason, and a secret in it is kept nowhere', async () => {
    const secret = `sk-${world.namespace}-not-to-be-kept`;
    const model = { routing: { cheap: { provider: 'openai', api_key: secret } } };
    await applyAgent(admin, agentManifest(tenant.crName, 'leaky', { model }));
    const resource = await agentResourceWhen(
      admin,
      agentPath(tenant.crName, 'leaky'),
      (agent) => conditionOf(agent, 'Stalled') !== undefined,
      TOLD_WITHIN_MS,
    );
    expect(conditionOf(resource, 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'InlineSecret',
    });
    expect(conditionOf(resource, 'Ready')).toMatchObject({ status: 'False' });
    const data = path.join(world.server.dataDir, 'data');
    for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const content = readFileSync(path.join(file.parentPath, file.name));
      expect(content.includes(secret), file.name).toBe(false);
    }
    await applyAgent(admin, agentManifest(tenant.crName, 'leaky'));
    await agentResourceWhen(
      admin,
      agentPath(tenant.crName, 'leaky'),
      (agent) => agent.status?.phase === 'Running' && conditionOf(agent, 'Stalled') === undefined,
    );
  });
});

interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[] }[];
}

/** A collection as the API server has kubectl print it. */
function tableAt(path: string): Promise<Table> {
  return admin.send<Table>('GET', path, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
}
