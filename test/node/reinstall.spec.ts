import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { expectData, until } from '../support/api.js';
import { Install, NAMESPACE } from './install.js';
import {
  agentResources,
  ask,
  type Made,
  nodePods,
  runningAgents,
  tenantIds,
  tenantWithAgents,
} from './tenants-seen.js';
import { addVolume } from './volumes.js';

const AGENTS = ['greeter', 'scribe'] as const;

// In their order: the second takes everything away but the cluster.
describe('an install after an uninstall', () => {
  let install: Install;
  let tenant: Made;
  let tenants: Record<string, string>;
  let pods: object[];
  let specs: Record<string, sdk.AgentSpec>;
  let key: string;

  beforeAll(async () => {
    install = await Install.ensure();
    const client = await install.admin();
    tenant = await tenantWithAgents(client, AGENTS);
    // Right after the definitions are new, the quota admits no resource of an agent for a while.
    await until(
      'every agent has its resource',
      async () => (await agentResources(install, tenant)).length === AGENTS.length,
      120_000,
    );
    tenants = await tenantIds(client);
    pods = await nodePods(install, tenant);
    specs = await runningAgents(client, tenant, AGENTS);
    const body = { label: 'stays' };
    const made = await sdk.createTenantKey({ client, path: { id: tenant.id }, body });
    key = expectData(made, 201).rawKey;
  });

  const away = async (): Promise<void> => {
    await install.uninstall();
    expect(await nodePods(install, tenant)).toEqual(pods);
  };
  const nothingIsLost = async (client: Client): Promise<void> => {
    const there = await until('every tenant is there', async () => {
      const now = await tenantIds(client);
      return Object.keys(tenants).every((name) => name in now) && now;
    });
    expect(there).toMatchObject(tenants);
    expect(await runningAgents(client, tenant, AGENTS)).toEqual(specs);
    expect(await ask(client, tenant, 'greeter', 'Still there?')).toContain('Still there?');
    expect(await nodePods(install, tenant)).toEqual(pods);
  };

  it('has lost nothing on the same database, keys included', async () => {
    await away();
    await install.install();
    const client = await install.admin();
    await nothingIsLost(client);
    const answer = await sdk.listAgents({
      client: await install.anybody(),
      headers: { 'x-api-key': key },
    });
    expect(
      expectData(answer, 200)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([...AGENTS]);
  });

  it('finds every tenant and agent on an empty database, by their resources', async () => {
    await away();
    const claim = ['persistentvolumeclaim/nexus-server-data', '--namespace', NAMESPACE];
    const said = await install.kubectl('delete', ...claim);
    expect(said.code, said.stderr).toBe(0);
    const { admin, facts } = install.cluster;
    await addVolume(admin, facts.folder, 'empty');
    await install.install();
    const client = await install.admin();
    await nothingIsLost(client);
    const found = expectData(await sdk.getTenant({ client, path: { id: tenant.id } }), 200);
    expect(found).toMatchObject({ origin: 'api', phase: 'Ready' });
  });
});
