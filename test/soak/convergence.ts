/** What is wanted, against what runs: nodes, their agents, folders, processes, rows. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as sdk from '../../sdk/typescript/index.js';
import { processesOf } from '../support/processes.js';
import { ServerRows } from '../support/server-rows.js';
import type { TestServer } from '../support/server.js';
import { type AgentState, type Agents, markOf } from './agents.js';
import { acknowledged } from './callers.js';
import type { SoakWorld } from './world.js';

/** What is not yet as it should be, in words. */
export async function differences(world: SoakWorld): Promise<string[]> {
  const { server, callers } = world;
  const listed = acknowledged('tenants', await sdk.listTenants({ client: callers.admin }));
  const said = [...tenantsOf(world, listed)];
  // Nodes that are not there cannot be asked.
  if (said.length > 0) return said;
  for (const agents of world.agents) said.push(...(await agentsOf(world, agents)));
  said.push(...(await variablesOf(world)), ...(await rowsOf(server)));
  const names = listed.map(({ crName }) => crName);
  const folders = readdirSync(path.join(server.dataDir, 'data', 'nodes'));
  if (!same(folders, names)) said.push(`folders ${folders.join()}, tenants ${names.join()}`);
  const nodes = await Promise.all(names.map((name) => server.nodeOf(name)));
  const pids = [server.pid, ...nodes.map(({ pid }) => pid)].map(String);
  const running = processesOf(server.dataDir);
  if (!same(running, pids)) said.push(`processes ${running.join()}, wanted ${pids.join()}`);
  return said;
}

function tenantsOf(world: SoakWorld, listed: readonly sdk.Tenant[]): string[] {
  const wanted = [...world.agents.map(({ tenant }) => tenant.id), ...world.tenants.wanted];
  const fixed = new Set(world.agents.map(({ tenant }) => tenant.id));
  const there = listed.map(({ id, displayName }) => (fixed.has(id) ? id : displayName));
  const said = same(there, wanted) ? [] : [`tenants ${there.join()}, wanted ${wanted.join()}`];
  const late = listed.filter(
    ({ ready, generation, observedGeneration }) => !ready || observedGeneration !== generation,
  );
  return [...said, ...late.map(({ displayName, phase }) => `tenant ${displayName} is ${phase}`)];
}

async function agentsOf({ server, callers }: SoakWorld, agents: Agents): Promise<string[]> {
  const { tenant, wanted } = agents;
  const node = await server.nodeOf(tenant.crName);
  const ask = async (what: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${node.token}` };
    return (await fetch(`http://127.0.0.1:${node.port}${what}`, { headers })).json();
  };
  const held = ((await ask('/v1/agents')) as { agents: { name: string; status: string }[] }).agents;
  const said: string[] = [];
  const onNode = held.map(({ name, status }) => `${name} ${status}`);
  const words = [...wanted].map(
    ([name, { paused }]) => `${name} ${paused ? 'paused' : 'deployed'}`,
  );
  if (!same(onNode, words)) said.push(`on the node ${onNode.join()}, wanted ${words.join()}`);
  for (const [name, state] of wanted) {
    const options = { client: callers.owner, path: { id: tenant.id, name } };
    const agent = acknowledged(name, await sdk.getAgentInTenant(options));
    if (!isSettled(agent, state)) {
      const why = agent.status.conditions.map(({ reason, message }) => `${reason}: ${message}`);
      said.push(`agent ${name} is ${agent.status.state} (${[...new Set(why)].join('; ')})`);
    }
    const spec = (await ask(`/v1/agents/${name}`)) as { spec?: Record<string, unknown> };
    const mark = spec.spec === undefined ? undefined : markOf({ spec: spec.spec });
    if (mark !== state.specs.at(-1)) said.push(`the node has spec ${mark} of ${name}`);
  }
  return said;
}

function isSettled({ generation, status }: sdk.Agent, { paused }: AgentState): boolean {
  const word = paused ? 'paused' : 'running';
  return status.state === word && status.observedGeneration === generation && status.nodeAck;
}

/** The environment of the node holds the values. */
async function variablesOf({ server, agents, variables }: SoakWorld): Promise<string[]> {
  const [first] = agents;
  if (first === undefined) return [];
  const { pid } = await server.nodeOf(first.tenant.crName);
  const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  const there = environment.filter((line) => line.startsWith('SOAK_'));
  const wanted = [...variables.wanted].map(([name, value]) => `${name}=${value}`);
  return same(there, wanted) ? [] : [`variables ${there.join()}, wanted ${wanted.join()}`];
}

/** Nothing waits for its end. */
async function rowsOf(server: TestServer): Promise<string[]> {
  const rows = await ServerRows.of(server);
  try {
    const said: string[] = [];
    for (const table of ['tenants', 'agents']) {
      const left = await rows.query(`SELECT id FROM ${table} WHERE deleted_at IS NOT NULL`);
      if (left.length > 0) said.push(`${left.length} of ${table} wait for their end`);
    }
    return said;
  } finally {
    await rows.close();
  }
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.toSorted().join('\n') === other.toSorted().join('\n');
}
