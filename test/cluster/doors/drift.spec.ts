import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NexusTenant } from '../../../src/reconciliation/resources/nexus-tenant.schemas.js';
import {
  agentWhen,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  readyTenant,
  sdk,
  tenantWhen,
  TOLD_WITHIN_MS,
} from '../../support/api.js';
import { until } from '../../support/until.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import {
  AGENT_FINALIZER,
  agentManifest,
  agentPath,
  agentResourceWhen,
  applyAgent,
  conditionOf,
  eventsAbout,
  gone,
  TENANT_FINALIZER,
  tenantManifest,
  tenantPath,
  tenantResourceWhen,
} from './resources.js';

const cluster = theCluster();
const { admin } = cluster;

describe.skipIf(cluster.facts.kubelet === undefined)('what came through the API', () => {
  let world: World;
  let tenant: sdk.Tenant;
  let resource: string;
  let agent: string;
  beforeAll(async () => {
    world = await World.start();
    const { client } = world.admin;
    tenant = await readyTenant(client, 'Ours');
    resource = tenantPath(world.namespace, tenant.crName);
    agent = agentPath(tenant.crName, 'helper');
    const body = echoSpec('helper');
    expectData(await sdk.createAgent({ client, headers: headers(), body }), 201);
    await agentResourceWhen(admin, agent, ({ status }) => status?.phase === 'Running', 100_000);
  });
  afterAll(() => world?.stop());

  const headers = () => ({ 'x-tenant-id': tenant.id });
  const isSettled = ({ status, metadata }: Pick<NexusTenant, 'status' | 'metadata'>): boolean =>
    status?.observedGeneration === metadata.generation;

  it('is a resource that says so', async () => {
    const { metadata, spec } = await tenantResourceWhen(admin, resource, isSettled);
    expect(metadata.finalizers).toEqual([TENANT_FINALIZER]);
    expect(metadata.annotations).toMatchObject({
      'nexus.astromesh.io/origin': 'api',
      'nexus.astromesh.io/tenant-id': tenant.id,
      'nexus.astromesh.io/owner': 'admin@nexus.test',
    });
    expect(metadata.labels).toMatchObject({
      'app.kubernetes.io/managed-by': 'nexus',
      'nexus.astromesh.io/install-id': world.namespace,
    });
    expect(spec).toMatchObject({ displayName: 'Ours', suspend: false });
    const made = await agentResourceWhen(admin, agent, ({ status }) => status?.nodeAck === true);
    expect(made.metadata.finalizers).toEqual([AGENT_FINALIZER]);
    expect(conditionOf(made, 'Ready')).toMatchObject({ status: 'True', reason: 'Deployed' });
  });

  it('is put back after a foreign edit, with an Event that names the manager', async () => {
    const edit = { spec: { displayName: 'Theirs', nodeVersion: '9.9' } };
    await admin.patch(`${resource}?fieldManager=meddler`, edit);
    const live = await tenantResourceWhen(
      admin,
      resource,
      ({ spec }) => spec.displayName === 'Ours' && spec.nodeVersion === undefined,
      TOLD_WITHIN_MS,
    );
    const told = await until('an Event says so', async () =>
      (await eventsAbout(admin, live)).find(({ reason }) => reason === 'DriftRepaired'),
    );
    expect(told.message).toContain('"meddler" changed spec.displayName, spec.nodeVersion');
    const { data } = await sdk.getTenant({ client: world.admin.client, path: { id: tenant.id } });
    expect(data?.displayName).toBe('Ours');
    await tenantResourceWhen(admin, resource, isSettled);
  });

  it('is put back in an agent as well', async () => {
    const theirs = echoSpec('helper', { prompts: { system: 'Theirs' } });
    await admin.patch(`${agent}?fieldManager=meddler`, {
      spec: { agentSpec: theirs, paused: true },
    });
    const live = await agentResourceWhen(
      admin,
      agent,
      ({ spec }) => spec.paused === false && !JSON.stringify(spec).includes('Theirs'),
      TOLD_WITHIN_MS,
    );
    const told = await until('an Event says so', async () =>
      (await eventsAbout(admin, live)).find(({ message }) => message.includes('"meddler"')),
    );
    expect(told.reason).toBe('DriftRepaired');
  });

  it('gets its marks back', async () => {
    await admin.patch(resource, {
      metadata: { finalizers: null, labels: null, annotations: null },
    });
    const { metadata } = await tenantResourceWhen(
      admin,
      resource,
      (one) => one.metadata.finalizers !== undefined,
      TOLD_WITHIN_MS,
    );
    expect(metadata).toMatchObject({
      finalizers: [TENANT_FINALIZER],
      annotations: { 'nexus.astromesh.io/tenant-id': tenant.id },
      labels: { 'nexus.astromesh.io/install-id': world.namespace },
    });
  });

  it('is left alone when nothing changes', async (context) => {
    await tenantResourceWhen(admin, resource, isSettled);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const audit = cluster.audit(context);
    const since = await audit.moment();
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    const query = { since, until: await audit.moment(), user: world.account.user };
    expect(await audit.writes(query)).toEqual([]);
  });

  it('is told with two writes for each agent', async (context) => {
    const { client } = world.admin;
    const audit = cluster.audit(context);
    const since = await audit.moment();
    const body = echoSpec('counted');
    expectData(await sdk.createAgent({ client, headers: headers(), body }), 201);
    const path = agentPath(tenant.crName, 'counted');
    await agentResourceWhen(admin, path, ({ status }) => status?.phase === 'Running');
    const query = { since, until: await audit.moment(), user: world.account.user };
    const writes = await audit.writes(query);
    expect(writes.filter(({ uri }) => uri.includes('/nexusagents/counted'))).toHaveLength(2);
  });

  it('goes to the other door and back', async () => {
    const { client } = world.admin;
    const path = { id: tenant.id };
    const handOver = (origin: 'api' | 'cluster') =>
      sdk.handOverTenant({ client, path, body: { origin } });
    expectData(await handOver('cluster'), 200);
    await tenantResourceWhen(
      admin,
      resource,
      ({ metadata }) => metadata.annotations?.['nexus.astromesh.io/origin'] === undefined,
    );
    await agentResourceWhen(
      admin,
      agent,
      ({ metadata }) => metadata.annotations?.['nexus.astromesh.io/origin'] === undefined,
    );
    // Nobody meets a conflict with us: nothing is forced.
    const spec = { displayName: 'GitOps', nodeVersion: '9.9.9' };
    const manifest = tenantManifest(world.namespace, tenant.crName, spec);
    await admin.patch(`${resource}?fieldManager=gitops`, manifest, 'apply');
    await tenantWhen(client, tenant.id, ({ displayName }) => displayName === 'GitOps');
    const refused = await sdk.updateTenant({ client, path, body: { displayName: 'No' } });
    expect(expectError(refused, 409, 'managed_by_cluster').error).toContain('gitops');
    const theirs = agentManifest(tenant.crName, 'helper', { prompts: { system: 'GitOps' } });
    await applyAgent(admin, theirs);
    await agentWhen(client, 'helper', (one) => one.revision === 2 && isRunning(one), {
      headers: headers(),
    });
    expectData(await handOver('api'), 200);
    await tenantResourceWhen(
      admin,
      resource,
      ({ metadata }) => metadata.annotations?.['nexus.astromesh.io/origin'] === 'api',
    );
    expectData(await sdk.updateTenant({ client, path, body: { displayName: 'Ours' } }), 200);
    const ours = await tenantResourceWhen(
      admin,
      resource,
      (one) => one.spec.displayName === 'Ours',
    );
    // What the API cannot say stays as it was handed over, and so does the node.
    expect(ours.spec.nodeVersion).toBe('9.9.9');
    const node = `/apis/apps/v1/namespaces/${tenant.crName}/deployments/astromesh-node`;
    expect(JSON.stringify((await admin.get<{ spec: object }>(node)).spec)).toMatch(/:9\.9\.9"/);
    const edit = { spec: { nodeVersion: '1.1.1' } };
    await admin.patch(`${resource}?fieldManager=meddler`, edit);
    await tenantResourceWhen(admin, resource, (one) => one.spec.nodeVersion === '9.9.9');
  });

  it('takes its resource along when it is deleted', async () => {
    const { client } = world.admin;
    await sdk.deleteAgent({ client, headers: headers(), path: { name: 'helper' } });
    await gone(admin, agent);
    expectData(await sdk.deleteTenant({ client, path: { id: tenant.id } }), 200);
    await gone(admin, resource);
    await gone(admin, `/api/v1/namespaces/${tenant.crName}`);
    await until('its row is gone', async () => {
      const { response } = await sdk.getTenant({ client, path: { id: tenant.id } });
      return response?.status === 404;
    });
  });
});
