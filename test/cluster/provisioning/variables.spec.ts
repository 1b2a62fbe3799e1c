import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, readyTenant, sdk } from '../../support/api.js';
import { until } from '../../support/until.js';
import { tenantPath } from '../doors/resources.js';
import type { KubeObject } from '../kube-objects.types.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;
const MARK = 'nexus.astromesh.io/node-env-secret';

interface Secret extends KubeObject {
  data?: Record<string, string>;
}

describe.skipIf(cluster.facts.kubelet === undefined)("a tenant's variables", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  const secretOf = (namespace: string) =>
    admin.find<Secret>(`/api/v1/namespaces/${namespace}/secrets/astromesh-node-env`);
  const resourceOf = (name: string) =>
    admin.find(
      `/apis/nexus.astromesh.io/v1alpha1/namespaces/${world.namespace}/nexustenants/${name}`,
    );

  /** A ready tenant with a resource. */
  async function newTenant(): Promise<sdk.Tenant> {
    const tenant = await readyTenant(world.admin.client);
    const { crName: name } = tenant;
    if ((await resourceOf(name)) === undefined) {
      await admin.create({
        apiVersion: 'nexus.astromesh.io/v1alpha1',
        kind: 'NexusTenant',
        metadata: { namespace: world.namespace, name },
        spec: {},
      });
    }
    return tenant;
  }

  async function set(id: string, name: string, value: string): Promise<void> {
    const { client } = world.admin;
    const answer = await sdk.setVariable({ client, path: { id, name }, body: { value } });
    expect(answer.response?.ok, JSON.stringify(answer.error)).toBe(true);
  }

  /** Waits until the one pod of the node has this in its environment. */
  async function untilGiven(namespace: string, name: string, value: string): Promise<void> {
    await until(
      `the node is given ${name}`,
      async () => {
        const [runner] = world.kubelet.running(namespace);
        if (runner === undefined || runner.pid === 0) return false;
        const text = await readFile(`/proc/${runner.pid}/environ`, 'utf8').catch(() => '');
        return text.split('\0').includes(`${name}=${value}`);
      },
      60_000,
    );
  }

  it('are its Secret, written when one changes, and gone with the last', async () => {
    const { client } = world.admin;
    const { id, crName } = await newTenant();
    await set(id, 'MODEL_KEY', 'first');
    await untilGiven(crName, 'MODEL_KEY', 'first');
    expect((await resourceOf(crName))?.metadata.annotations).toHaveProperty([MARK]);
    await set(id, 'MODEL_KEY', 'second');
    await untilGiven(crName, 'MODEL_KEY', 'second');
    expectData(await sdk.deleteVariable({ client, path: { id, name: 'MODEL_KEY' } }), 200);
    await until('the Secret is gone', async () => (await secretOf(crName)) === undefined);
  });

  it('leave a Secret of somebody else alone, which the node uses', async () => {
    const { id, crName } = await newTenant();
    await admin.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: crName, name: 'astromesh-node-env' },
      data: { THEIRS: Buffer.from('kept').toString('base64') },
    });
    await set(id, 'MODEL_KEY', 'ours');
    await untilGiven(crName, 'THEIRS', 'kept');
    expect((await secretOf(crName))?.data).toEqual({ THEIRS: 'a2VwdA==' });
    expect((await resourceOf(crName))?.metadata.annotations ?? {}).not.toHaveProperty([MARK]);
  });

  it('are ours to change after the resource was lost and made again', async () => {
    const { id, crName } = await newTenant();
    await set(id, 'MODEL_KEY', 'before');
    await untilGiven(crName, 'MODEL_KEY', 'before');
    const resource = tenantPath(world.namespace, crName);
    // While it runs it would put the finalizer back.
    await world.server.stop();
    const { metadata } = await admin.get(resource);
    await admin.patch(resource, { metadata: { finalizers: null } });
    await admin.delete(resource);
    await world.restart();
    await until('it is made again', async () => {
      const uid = (await resourceOf(crName))?.metadata.uid;
      return uid !== undefined && uid !== metadata.uid;
    });
    await set(id, 'MODEL_KEY', 'after');
    await untilGiven(crName, 'MODEL_KEY', 'after');
    expect((await resourceOf(crName))?.metadata.annotations).toHaveProperty([MARK], 'made');
  });

  it('are never read by the control plane', async (context) => {
    const audit = cluster.audit(context);
    const entries = await audit.between(0, await audit.moment());
    const read = entries.filter(
      ({ user, verb, object }) =>
        user === world.account.user &&
        object?.resource === 'secrets' &&
        !['create', 'patch', 'delete'].includes(verb),
    );
    expect(read).toEqual([]);
  });
});
