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
import { GROUP } from '../../../src/reconciliation/resources/resource-names.js';
import type { AuditEntry } from '../audit-log.js';
import type { KubeObject } from '../kube-objects.types.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { committedRights, nameOf, type Right } from './rules.js';

const cluster = theCluster();
const { admin } = cluster;
const COUNTED_WITHIN_MS = 90_000;
/** Never ours, whatever the roles come to say. */
const NEVER =
  /\*|: (get|list|watch) secrets|pods\/exec|pods\/attach|: (escalate|bind|impersonate) |rbac\.authorization/;
describe.skipIf(cluster.facts.kubelet === undefined)('the rights of the control plane', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  it('are all used in the life of a tenant, and nothing else is asked for', async (context) => {
    const audit = cluster.audit(context);
    await world.server.stop();
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${world.namespace}/leases/nexus-controller`;
    await admin.delete(lease);
    const since = await audit.moment();
    await world.restart();
    await Promise.all([liveATenant(world), deleteWithKubectl(world)]);
    const entries = await audit.between(since, await audit.moment());
    const ours = entries.filter(({ user }) => user === world.account.user);

    // A new quota may refuse for a while; that is no lack of a right.
    const refused = ours.filter(({ code, isUnauthorized }) => code === 401 || isUnauthorized);
    expect(refused.map(({ verb, uri }) => `${verb} ${uri}`)).toEqual([]);
    const committed = committedRights();
    const used = new Set(ours.flatMap((entry) => rightOf(entry, world.namespace)).map(nameOf));
    expect([...used].filter((name) => !isCommitted(name, committed))).toEqual([]);
    expect(committed.map(nameOf).filter((name) => !used.has(name))).toEqual([]);
  });

  it('hold nothing that would make the control plane more than it is', () => {
    const names = committedRights().map(nameOf);
    expect(names.filter((name) => NEVER.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('do not reach further: what was not given is refused', async () => {
    const { api } = world.account;
    const { crName } = await readyTenant(world.admin.client);
    const inTenant = `/api/v1/namespaces/${crName}`;
    for (const path of [`${inTenant}/secrets`, `${inTenant}/configmaps`, '/api/v1/nodes']) {
      await expect(api.list(path), path).rejects.toMatchObject({ code: 403 });
    }
    const tenants = '/apis/nexus.astromesh.io/v1alpha1/nexustenants';
    await expect(api.list(tenants)).rejects.toMatchObject({ code: 403 });
  });
});

/** Everything that happens to a tenant, once. */
async function liveATenant({ admin: person }: World): Promise<void> {
  const { client } = person;
  const { id, crName } = await readyTenant(client, 'A whole life');
  const headers = { 'x-tenant-id': id };
  const path = { name: 'helper' };
  expectData(await sdk.createAgent({ client, headers, body: echoSpec('helper') }), 201);
  await agentWhen(client, 'helper', isRunning, { headers });
  const resource = `/apis/${GROUP}/v1alpha1/namespaces/${crName}/nexusagents/helper`;
  // The quota of a new tenant lets no resource in before it has been counted.
  await until('the agent has its resource', () => hasStatus(resource), COUNTED_WITHIN_MS);
  expectData(await sdk.runAgent({ client, headers, path, body: { query: 'hello' } }), 200);
  expectData(await sdk.getAgentLogs({ client, headers, path }), 200);

  await drift(crName);
  // Before the node is replaced for a variable: a new one may not know the agent yet, and is not asked.
  expectData(await sdk.deleteAgent({ client, headers, path }), 200);
  await until('the agent is gone', async () => {
    const { response } = await sdk.getAgent({ client, headers, path });
    return response?.status === 404;
  });
  await variables(person, { id, crName });
  expectData(await sdk.deleteTenant({ client, path: { id } }), 200);
  await untilGone(person, id);
}

async function hasStatus(path: string): Promise<boolean> {
  return (await admin.find<KubeObject & { status?: object }>(path))?.status !== undefined;
}

/** Whoever deletes a resource means the tenant, unless its definition is going. */
async function deleteWithKubectl({ admin: person, namespace }: World): Promise<void> {
  const { id, crName } = await readyTenant(person.client, 'Another life');
  await admin.delete(`/apis/${GROUP}/v1alpha1/namespaces/${namespace}/nexustenants/${crName}`);
  await untilGone(person, id);
}

function untilGone({ client }: World['admin'], id: string): Promise<true> {
  return until('its row is gone', async () => {
    const { response } = await sdk.getTenant({ client, path: { id } });
    return response?.status === 404;
  });
}

/**
 * Somebody else changes a label of the namespace, and the same field of a Service twice: the second
 * time an Event is counted up.
 */
async function drift(crName: string): Promise<void> {
  const namespace = `/api/v1/namespaces/${crName}`;
  const labels = { 'nexus.astromesh.io/managed': 'no' };
  await admin.patch(namespace, { metadata: { labels } });
  await until('the label is put right', async () => {
    const { metadata } = await admin.get(namespace);
    return metadata.labels?.['nexus.astromesh.io/managed'] === 'true';
  });
  const service = `/api/v1/namespaces/${crName}/services/astromesh-node`;
  const events = `/api/v1/namespaces/${crName}/events?fieldSelector=reason%3DDriftRepaired`;
  for (const count of [1, 2]) {
    await admin.patch(service, { spec: { sessionAffinity: 'ClientIP' } });
    await until(`it is told ${count} times`, async () => {
      const found = await admin.list<{ count?: number; metadata: never }>(events);
      return found.some((event) => (event.count ?? 1) >= count);
    });
  }
}

/** A variable is set, and deleted again. */
async function variables(
  { client }: World['admin'],
  { id, crName }: { id: string; crName: string },
): Promise<void> {
  const secret = `/api/v1/namespaces/${crName}/secrets/astromesh-node-env`;
  const path = { id, name: 'GREETING' };
  expectData(await sdk.setVariable({ client, path, body: { value: 'hello' } }), 200);
  await until('the Secret is there', async () => admin.find(secret));
  await tenantWhen(client, id, ({ ready }) => ready);
  await sdk.deleteVariable({ client, path });
  await until('the Secret is gone', async () => (await admin.find(secret)) === undefined);
  await tenantWhen(client, id, ({ ready }) => ready);
}

/** The rights that a request was let in by. Applying what is new takes `create` as well. */
function rightOf({ verb, code, object }: AuditEntry, namespace: string): Right[] {
  if (object === undefined) return [];
  const { group, resource } = object;
  const scope = object.namespace === namespace ? 'own namespace' : 'cluster';
  const right: Right = { scope, group, resource, verb };
  return verb === 'patch' && code === 201 ? [right, { ...right, verb: 'create' }] : [right];
}

/** What may be done in every namespace may be done in ours. */
function isCommitted(name: string, committed: readonly Right[]): boolean {
  return committed.some(
    (right) => nameOf(right) === name || nameOf({ ...right, scope: 'own namespace' }) === name,
  );
}
