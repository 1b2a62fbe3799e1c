import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoSpec, expectData, readyTenant, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import {
  agentManifest,
  agentPath,
  agentResourceWhen,
  applyAgent,
  conditionOf,
  eventsAbout,
  gone,
  tenantPath,
  tenantResourceWhen,
} from '../doors/resources.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

// What befalls the agents of a node, each in a tenant of its own, side by side.

const cluster = theCluster();
const { admin } = cluster;
const chain = (agent: string) => ({ chain: { on_complete: [{ agent }] } });

/** A tenant with a node, as a test sees it. */
interface Place {
  tenant: sdk.Tenant;
  headers: { 'x-tenant-id': string };
  /** What the node itself says it holds, by name. */
  held: () => Promise<Record<string, string>>;
  /** A request to the node itself, made by hand. */
  send: (method: string, path: string, body?: unknown) => Promise<unknown>;
  resource: (name: string) => string;
}

describe.skipIf(cluster.facts.kubelet === undefined)('agents on a node', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ kubelet: { backOffMs: 300 } });
  });
  afterAll(() => world?.stop());

  async function place(): Promise<Place> {
    const tenant = await readyTenant(world.admin.client);
    const node = `/api/v1/namespaces/${tenant.crName}/services/astromesh-node:8000/proxy/v1`;
    const send = (method: string, path: string, body?: unknown): Promise<unknown> =>
      admin.send<unknown>(method, `${node}${path}`, body === undefined ? {} : { body });
    return {
      tenant,
      headers: { 'x-tenant-id': tenant.id },
      send,
      held: async () => {
        const { agents } = (await send('GET', '/agents')) as {
          agents: { name: string; status: string }[];
        };
        return Object.fromEntries(agents.map(({ name, status }) => [name, status]));
      },
      resource: (name) => agentPath(tenant.crName, name),
    };
  }

  /** Makes an agent through the API, and waits until its resource says that it runs. */
  async function runs({ headers, resource }: Place, name: string, more = {}): Promise<void> {
    const { client } = world.admin;
    expectData(await sdk.createAgent({ client, headers, body: echoSpec(name, more) }), 201);
    const isThere = ({ status }: { status?: { phase?: string } }) => status?.phase === 'Running';
    // The API server lets no agent in before it counts a kind that is new to it.
    await agentResourceWhen(admin, resource(name), isThere, 100_000);
  }

  const theRunner = ({ tenant: { crName } }: Place) =>
    until('its pod runs', async () => world.kubelet.running(crName)[0]);

  it.concurrent(
    'come back as they were after the node was made anew, paused ones too',
    async () => {
      const { client } = world.admin;
      const here = await place();
      const { tenant, headers, held, resource } = here;
      await runs(here, 'works');
      await runs(here, 'rests');
      expectData(await sdk.pauseAgent({ client, headers, path: { name: 'rests' } }), 200);
      await agentResourceWhen(admin, resource('rests'), ({ status }) => status?.phase === 'Paused');
      const release = world.kubelet.hold(
        'pending',
        ({ metadata }) => metadata.namespace === tenant.crName,
      );
      const runner = await theRunner(here);
      await admin.delete(`/api/v1/namespaces/${tenant.crName}/pods/${runner.pod.metadata.name}`);
      const away = await agentResourceWhen(
        admin,
        resource('works'),
        (agent) => conditionOf(agent, 'Ready')?.reason === 'NodeNotReady',
      );
      expect(away.status?.phase).toBe('Pending');
      expect(conditionOf(away, 'Reconciling')?.status).toBe('True');
      release();
      await agentResourceWhen(
        admin,
        resource('works'),
        ({ status }) => status?.phase === 'Running',
      );
      await agentResourceWhen(admin, resource('rests'), ({ status }) => status?.phase === 'Paused');
      expect(await held()).toEqual({ works: 'deployed', rests: 'paused' });

      // The container alone: a pod that is the same, with a node that is not.
      const again = await theRunner(here);
      await again.crash();
      await until('it was started again', async () => again.restarts > 0);
      await until('both are as they were', async () => {
        const now = await held().catch(() => undefined);
        return now?.['works'] === 'deployed' && now['rests'] === 'paused';
      });
      await tenantWhen(client, tenant.id, ({ ready }) => ready);
      const back = await agentResourceWhen(
        admin,
        resource('works'),
        ({ status }) => status?.phase === 'Running',
      );
      expect(back.status).toMatchObject({ nodeAck: true });
    },
  );

  it.concurrent(
    'are put back when somebody deletes, stops or changes them on the node',
    async () => {
      const here = await place();
      const { held, send, resource } = here;
      await runs(here, 'gone');
      await runs(here, 'stopped');
      await runs(here, 'changed');
      const synced = async (name: string): Promise<string> => {
        const { status } = await admin.get<{ status?: { lastSyncedAt?: string } }>(resource(name));
        return status?.lastSyncedAt ?? '';
      };
      const before = await synced('gone');
      await send('DELETE', '/agents/gone');
      await send('POST', '/agents/stopped/pause');
      const theirs = echoSpec('changed', { prompts: { system: 'Theirs' } });
      await send('POST', '/agents', {
        ...theirs,
        metadata: { ...theirs.metadata, version: '6.6.6' },
      });
      await send('POST', '/agents', echoSpec('nobodys'));
      await until('all are as they were', async () => {
        const { spec } = (await send('GET', '/agents/changed')) as { spec: object };
        const { gone: one, stopped: two, changed: three } = await held();
        const all = [one, two, three].every((status) => status === 'deployed');
        return all && !('prompts' in spec);
      });
      await until('it is told', async () => (await synced('gone')) > before);
      for (const name of ['gone', 'stopped', 'changed']) {
        await agentResourceWhen(admin, resource(name), ({ status }) => status?.phase === 'Running');
      }
      // What somebody else has put there is none of ours.
      expect(await held()).toHaveProperty('nobodys', 'draft');
    },
  );

  it.concurrent('stop while their tenant is suspended, and say so', async () => {
    const { client } = world.admin;
    const here = await place();
    const { tenant, resource } = here;
    await runs(here, 'idle');
    const path = { id: tenant.id };
    expectData(await sdk.updateTenant({ client, path, body: { suspend: true } }), 200);
    const stopped = await agentResourceWhen(
      admin,
      resource('idle'),
      ({ status }) => status?.phase === 'Stopped',
    );
    expect(conditionOf(stopped, 'Ready')).toMatchObject({ status: 'False', reason: 'Suspended' });
    expect(conditionOf(stopped, 'Reconciling')).toBeUndefined();
    expectData(await sdk.updateTenant({ client, path, body: { suspend: false } }), 200);
    await agentResourceWhen(admin, resource('idle'), ({ status }) => status?.phase === 'Running');
    expect(await eventsAbout(admin, stopped)).toEqual([]);
  });

  it.concurrent('say that a neighbour is broken, and run all the same', async () => {
    const { client } = world.admin;
    const here = await place();
    const { headers, held, send, resource } = here;
    await runs(here, 'sound');
    await send('POST', '/agents', echoSpec('broken', chain('nobody')));
    const body = echoSpec('sound', { prompts: { system: 'Newer' } });
    const path = { name: 'sound' };
    expectData(await sdk.replaceAgent({ client, headers, path, body }), 200);
    const degraded = await agentResourceWhen(
      admin,
      resource('sound'),
      (agent) => conditionOf(agent, 'Degraded') !== undefined,
    );
    expect(conditionOf(degraded, 'Degraded')).toMatchObject({
      status: 'True',
      reason: 'NeighbourBroken',
    });
    expect(degraded.status).toMatchObject({ phase: 'Running', nodeAck: true });
    expect(conditionOf(degraded, 'Stalled')).toBeUndefined();
    await told(degraded, 'NeighbourBroken');
    await send('DELETE', '/agents/broken');
    await agentResourceWhen(
      admin,
      resource('sound'),
      (agent) => conditionOf(agent, 'Degraded') === undefined,
    );
    expect(await held()).toEqual({ sound: 'deployed' });
  });

  it.concurrent(
    'that the node cannot build fail with its reason until their spec is mended',
    async () => {
      const { tenant, resource } = await place();
      const tools = [{ type: 'builtin', name: 'no_such_tool' }];
      await applyAgent(admin, agentManifest(tenant.crName, 'unbuildable', { tools }));
      const failed = await agentResourceWhen(
        admin,
        resource('unbuildable'),
        (agent) => conditionOf(agent, 'Stalled') !== undefined,
      );
      expect(failed.status).toMatchObject({ phase: 'Failed', nodeAck: false });
      expect(conditionOf(failed, 'Stalled')).toMatchObject({ reason: 'NodeFailsOnSpec' });
      expect(conditionOf(failed, 'Ready')).toMatchObject({ status: 'False' });
      await told(failed, 'NodeFailsOnSpec');
      await applyAgent(admin, agentManifest(tenant.crName, 'unbuildable'));
      const mended = await agentResourceWhen(
        admin,
        resource('unbuildable'),
        ({ status }) => status?.phase === 'Running',
      );
      expect(conditionOf(mended, 'Stalled')).toBeUndefined();
    },
  );

  it.concurrent('wait for a node that hangs, and go on with it', async () => {
    const { client } = world.admin;
    const here = await place();
    const { tenant, resource } = here;
    await runs(here, 'patient');
    const { pid } = await theRunner(here);
    process.kill(pid, 'SIGSTOP');
    const hung = await tenantResourceWhen(
      admin,
      tenantPath(world.namespace, tenant.crName),
      (one) => conditionOf(one, 'Ready')?.reason === 'NodeNotAnswering',
    );
    expect(hung.status?.phase).toBe('Error');
    expect(conditionOf(hung, 'Reconciling')?.status).toBe('True');
    await agentResourceWhen(
      admin,
      resource('patient'),
      (agent) => conditionOf(agent, 'Ready')?.reason === 'NodeNotReady',
    );
    await told(hung, 'NodeNotAnswering');
    process.kill(pid, 'SIGCONT');
    await tenantWhen(client, tenant.id, ({ ready }) => ready, 60_000);
    await agentResourceWhen(
      admin,
      resource('patient'),
      ({ status }) => status?.phase === 'Running',
    );
  });

  it.concurrent(
    'leave the node before the one that they name does, and come back with it',
    async (context) => {
      const audit = cluster.audit(context);
      const { tenant, held, resource } = await place();
      const isRunning = ({ status }: { status?: { phase?: string } }) =>
        status?.phase === 'Running';
      await applyAgent(admin, agentManifest(tenant.crName, 'named'));
      await applyAgent(admin, agentManifest(tenant.crName, 'names', chain('named')));
      await applyAgent(admin, agentManifest(tenant.crName, 'first', chain('names')));
      await agentResourceWhen(admin, resource('first'), isRunning);
      const since = await audit.moment();
      await admin.delete(resource('named'));
      await gone(admin, resource('named'));
      const waits = await agentResourceWhen(
        admin,
        resource('names'),
        (agent) => conditionOf(agent, 'Ready')?.reason === 'ReferenceMissing',
      );
      expect(waits.status).toMatchObject({ phase: 'Pending', nodeAck: false });
      await told(waits, 'ReferenceMissing');
      expect(await held()).toEqual({});
      const asked = await audit.between(since, await audit.moment());
      const removals = asked
        .filter(({ verb, uri }) => verb === 'delete' && uri.includes(`${tenant.crName}/services/`))
        .map(({ at, uri }) => `${at} ${uri.split('/').at(-1)}`);
      // What goes through a proxy is in the log when it begins and when it ends.
      const removed = [...new Set(removals)].map((removal) => removal.split(' ')[1]);
      expect(removed).toEqual(['first', 'names', 'named']);
      await applyAgent(admin, agentManifest(tenant.crName, 'named'));
      await agentResourceWhen(admin, resource('first'), isRunning);
    },
  );

  /** Waits for an Event about a resource. */
  function told(resource: Parameters<typeof eventsAbout>[1], reason: string): Promise<unknown> {
    return until(`an Event says ${reason}`, async () =>
      (await eventsAbout(admin, resource)).find((event) => event.reason === reason),
    );
  }
});
