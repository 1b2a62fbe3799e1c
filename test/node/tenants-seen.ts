/** Everything of tenants that has to survive what is done to their control plane. */
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { agentWhen, echoSpec, expectData, isRunning, readyTenant } from '../support/api.js';
import { until } from '../support/until.js';
import type { Install } from './install.js';

const PAGE = 100;

interface NodePod extends KubeObject {
  metadata: KubeObject['metadata'] & { uid: string };
  status: { containerStatuses?: { restartCount: number }[] };
}

/** A tenant that was made for a test. */
export interface Made {
  id: string;
  crName: string;
}

/** Makes a tenant with running agents. */
export async function tenantWithAgents(client: Client, agents: readonly string[]): Promise<Made> {
  const { id, crName } = await readyTenant(client, 'One that stays');
  const headers = { 'x-tenant-id': id };
  for (const name of agents) {
    expectData(await sdk.createAgent({ client, headers, body: echoSpec(name) }), 201);
  }
  for (const name of agents) await agentWhen(client, name, isRunning, { headers });
  return { id, crName };
}

/** The ids of all tenants that are to stay by the names of their resources. */
export async function tenantIds(client: Client): Promise<Record<string, string>> {
  const answer = await sdk.listTenants({ client, query: { limit: PAGE } });
  const tenants = expectData(answer, 200).filter(({ phase }) => phase !== 'Deleting');
  return Object.fromEntries(tenants.map(({ crName, id }) => [crName, id]));
}

/** The specs of a tenant's agents by their names, once all of them are there and run. */
export async function runningAgents(
  client: Client,
  { id }: Made,
  names: readonly string[],
): Promise<Record<string, sdk.AgentSpec>> {
  const headers = { 'x-tenant-id': id };
  const agents: Record<string, sdk.AgentSpec> = {};
  const isThere = async (name: string): Promise<boolean> =>
    (await sdk.getAgent({ client, headers, path: { name } })).response?.status !== 404;
  for (const name of names) {
    await until(`agent ${name} is there`, () => isThere(name));
    agents[name] = (await agentWhen(client, name, isRunning, { headers })).spec;
  }
  return agents;
}

/** The resources of a tenant's agents, which are what an empty database is filled from. */
export async function agentResources(
  { cluster }: Install,
  { crName }: Made,
): Promise<KubeObject[]> {
  return cluster.admin.list(`/apis/nexus.astromesh.io/v1alpha1/namespaces/${crName}/nexusagents`);
}

/** What an agent says to a question. */
export async function ask(client: Client, { id }: Made, name: string, query: string) {
  const headers = { 'x-tenant-id': id };
  const answer = await sdk.runAgent({ client, headers, path: { name }, body: { query } });
  return expectData(answer, 200).answer;
}

/** The pods of a tenant's node: which they are, and how often each was started again. */
export async function nodePods(install: Install, { crName }: Made): Promise<object[]> {
  const pods = await install.cluster.admin.list<NodePod>(`/api/v1/namespaces/${crName}/pods`);
  return pods.map(({ metadata: { uid }, status }) => ({
    uid,
    restarts: status.containerStatuses?.map(({ restartCount }) => restartCount),
  }));
}
