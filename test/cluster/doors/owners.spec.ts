import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  newPerson,
  PASSWORD,
  type Person,
  personOf,
  readyTenant,
  sdk,
  tenantWhen,
} from '../../support/api.js';
import { until } from '../../support/until.js';
import type { KubeObject } from '../kube-objects.types.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { agentPath, agentResourceWhen, tenantManifest, tenantPath } from './resources.js';

const cluster = theCluster();
const { admin } = cluster;
const OWNER = 'nexus.astromesh.io/owner';
const SECRET_MARK = 'nexus.astromesh.io/node-env-secret';

interface Secret extends KubeObject {
  data?: Record<string, string>;
}

describe.skipIf(cluster.facts.kubelet === undefined)('whose a tenant of the cluster is', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world?.stop());

  const sees = async ({ client }: Person, crName: string): Promise<boolean> => {
    const { data = [] } = await sdk.listTenants({ client, query: { limit: 100 } });
    return data.some((tenant) => tenant.crName === crName);
  };
  const named = (crName: string) =>
    until(`the tenant ${crName} is adopted`, async () => {
      const { data = [] } = await sdk.listTenants({
        client: world.admin.client,
        query: { limit: 100 },
      });
      return data.find((tenant) => tenant.crName === crName);
    });

  async function register(email: string): Promise<Person> {
    const body = { email, password: PASSWORD, displayName: 'Somebody' };
    const answer = await sdk.register({ client: clientOf(world.server), body });
    return personOf(world.server, expectData(answer, 201));
  }

  it("is its annotation's to say, now or once there is such an account", async () => {
    const now = await newPerson(world.server);
    const stranger = await newPerson(world.server);
    const email = `later-${world.namespace}@example.com`;
    const owners = { now: now.session.user.email, later: email, nobody: undefined };
    for (const [name, owner] of Object.entries(owners)) {
      const manifest = tenantManifest(world.namespace, `${name}-${world.namespace}`);
      const annotations: Record<string, string> = owner === undefined ? {} : { [OWNER]: owner };
      await admin.apply({ ...manifest, metadata: { ...manifest.metadata, annotations } });
      await named(`${name}-${world.namespace}`);
    }
    expect(await sees(now, `now-${world.namespace}`)).toBe(true);
    const mine = await named(`now-${world.namespace}`);
    const members = await sdk.listMembers({ client: now.client, path: { id: mine.id } });
    expect(expectData(members, 200)).toMatchObject([{ email: owners.now, role: 'owner' }]);

    for (const person of [now, stranger]) {
      expect(await sees(person, `nobody-${world.namespace}`)).toBe(false);
      expect(await sees(person, `later-${world.namespace}`)).toBe(false);
    }
    expect(await sees(stranger, `now-${world.namespace}`)).toBe(false);
    const { id } = await named(`nobody-${world.namespace}`);
    const refused = await sdk.getTenant({ client: stranger.client, path: { id } });
    expect(refused.response?.status).toBe(403);

    const later = await register(email);
    await until('it is theirs', () => sees(later, `later-${world.namespace}`));
    expect(await sees(later, `nobody-${world.namespace}`)).toBe(false);
  });

  it('is as it was after the database was lost, with what its node was given', async () => {
    const owner = await newPerson(world.server);
    const { email } = owner.session.user;
    const { client } = owner;
    const tenant = await readyTenant(client, 'To be restored');
    const { id, crName } = tenant;
    const headers = { 'x-tenant-id': id };
    const variable = { id, name: 'MODEL_KEY' };
    expectData(await sdk.setVariable({ client, path: variable, body: { value: 'kept' } }), 200);
    await untilGiven(crName, 'MODEL_KEY', 'kept');
    await tenantWhen(client, id, ({ ready }) => ready);
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('helper') }), 201);
    expectData(await sdk.pauseAgent({ client, headers, path: { name: 'helper' } }), 200);
    const isPaused = ({ status }: { status?: { phase?: string } }) => status?.phase === 'Paused';
    await agentResourceWhen(admin, agentPath(crName, 'helper'), isPaused, 100_000);
    const pod = theRunner(crName)?.pod.metadata.uid;

    // As after its resource was lost before, and made again.
    await world.server.stop();
    const resource = tenantPath(world.namespace, crName);
    await admin.patch(resource, { metadata: { annotations: { [SECRET_MARK]: null } } });
    await world.restart({ NEXUS_DATA_DIR: path.join(world.server.dataDir, 'another') });
    const restored = await named(crName);
    expect(restored).toMatchObject({ id, origin: 'api', displayName: 'To be restored' });
    const stranger = await newPerson(world.server);
    expect(await sees(stranger, crName)).toBe(false);
    const again = await register(email);
    await until('it is theirs again', () => sees(again, crName));
    await tenantWhen(again.client, id, ({ ready }) => ready);
    await agentWhen(again.client, 'helper', ({ phase }) => phase === 'Paused', { headers });
    const body = { displayName: 'Restored' };
    expectData(await sdk.updateTenant({ client: again.client, path: { id }, body }), 200);

    // Of the variables the record knows nothing; the node keeps them, and goes on undisturbed.
    expect((await secretOf(crName))?.data).toEqual({ MODEL_KEY: encoded('kept') });
    expect(theRunner(crName)?.pod.metadata.uid).toBe(pod);
    // Nor does it when its resource is lost as well, and when its node is made anew.
    await world.server.stop();
    await admin.patch(resource, { metadata: { finalizers: null } });
    await admin.delete(resource);
    await world.restart({ NEXUS_NODE_TAG: '0.40.1' });
    await until('the node is made anew', async () => {
      const runner = theRunner(crName);
      return runner !== undefined && runner.pod.metadata.uid !== pod;
    });
    await untilGiven(crName, 'MODEL_KEY', 'kept');
    expect((await secretOf(crName))?.data).toEqual({ MODEL_KEY: encoded('kept') });

    // Until they are set anew.
    const person = await login(email);
    const path_ = { id, name: 'OTHER' };
    const set = await sdk.setVariable({
      client: person.client,
      path: path_,
      body: { value: 'new' },
    });
    expectData(set, 200);
    await untilGiven(crName, 'OTHER', 'new');
    expect((await secretOf(crName))?.data).toEqual({ OTHER: encoded('new') });
    expectData(await sdk.deleteVariable({ client: person.client, path: path_ }), 200);
    await until('the Secret is gone', async () => (await secretOf(crName)) === undefined);
  });

  it('is nobody else’s to take by an address that is written otherwise', async () => {
    const person = await newPerson(world.server);
    const name = `shout-${world.namespace}`;
    const manifest = tenantManifest(world.namespace, name);
    const annotations = { [OWNER]: person.session.user.email.toUpperCase() };
    await admin.apply({ ...manifest, metadata: { ...manifest.metadata, annotations } });
    const { id } = await named(name);
    await until('it is theirs', () => sees(person, name));
    const { client } = person;
    const refused = await sdk.updateTenant({ client, path: { id }, body: { displayName: 'No' } });
    expectError(refused, 409, 'managed_by_cluster');
    await admin.delete(tenantPath(world.namespace, name));
  });

  async function login(email: string): Promise<Person> {
    const body = { email, password: PASSWORD };
    const answer = await sdk.login({ client: clientOf(world.server), body });
    return personOf(world.server, expectData(answer, 200));
  }

  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const theRunner = (namespace: string) =>
    world.kubelet.running(namespace).find(({ pid }) => pid !== 0);
  const secretOf = (namespace: string) =>
    admin.find<Secret>(`/api/v1/namespaces/${namespace}/secrets/astromesh-node-env`);

  /** Waits until the one pod of the node has this in its environment. */
  function untilGiven(namespace: string, name: string, value: string): Promise<unknown> {
    return until(
      `the node is given ${name}`,
      async () => {
        const pid = theRunner(namespace)?.pid;
        const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
        return text.split('\0').includes(`${name}=${value}`);
      },
      60_000,
    );
  }
});
