/** The rows of the table, in their order: each rests on what those before it have made. */
import { atOnce, type Caller, until } from '../caller.js';
import { cpuSeconds, residentMb } from '../child.js';
import { countWrites, sleep } from '../databases.js';
import { type Measured, percentile } from '../measured.js';
import { NodeStarts } from './node-starts.js';
import { nodeCallsIn, passesIn } from './passes.js';
import { RunningAgents } from './running-agents.js';
import { counted, kindsOf, type Requests } from './requests.js';
import { type Spent, spent, spentEach } from './processor.js';
import { AGENTS_AT_ONCE, type ClusterWorld, TENANTS_AT_ONCE } from './world.js';

/** What is told of a change afterwards is told within this: Events, counts of agents. */
const ECHO_MS = 8_000;
const LOOK_EVERY_MS = 500;
const RESTART_WITHIN_S = 20;

/** @param bare tenants per second of the bare loop */
export async function tenantsToReady(world: ClusterWorld, bare: number): Promise<Measured[]> {
  const { sizes, audit } = world;
  const admin = await world.admin();
  const since = await audit.moment();
  const startedMs = performance.now();
  const [before, calls] = [spent(), await nodeCalls(world)];
  const made = await atOnce(TENANTS_AT_ONCE, sizes.tenants, (n) => admin.createTenant(`Many ${n}`));
  await looked('every tenant is ready', async () => {
    const tenants = await admin.tenants();
    return tenants.length >= sizes.tenants && tenants.every(({ ready }) => ready);
  });
  const perSecond = (sizes.tenants * 1000) / (performance.now() - startedMs);
  const costs = costOf(before, sizes.tenants);
  const called = (await nodeCalls(world)) - calls;
  await sleep(ECHO_MS);
  world.tenants.push(...made.map(({ id }) => id));
  const requests = counted(await world.asked(since));
  tell('tenants', requests);
  const each = (requests.writes + requests.reads) / sizes.tenants;
  const name = `${sizes.tenants} tenants, API to Ready`;
  return [
    { name, value: perSecond / bare, unit: 'of bare', target: { atLeast: 0.4 } },
    { name: `${name}, rate`, value: perSecond, unit: '/s' },
    { name: `${name}, requests each`, value: each, unit: '', target: { atMost: 14 } },
    {
      name: `${name}, calls to its node each`,
      value: called / sizes.tenants,
      unit: '',
    },
    ...costs(name),
  ];
}

/** @param bare agents per second of the bare loop */
export async function agentsToRunning(world: ClusterWorld, bare: number): Promise<Measured[]> {
  const { sizes, audit, tenants } = world;
  const admin = await world.admin();
  const resources = await RunningAgents.watch(world.plane.admin);
  const since = await audit.moment();
  const [calls, startedMs, before] = [await nodeCalls(world), performance.now(), spent()];
  await atOnce(AGENTS_AT_ONCE, sizes.agents, (n) =>
    admin.createAgent(tenants[n % tenants.length] ?? '', `agent-${n}`),
  );
  const acceptedS = (performance.now() - startedMs) / 1000;
  await looked('every agent runs', async () => (await admin.count('Running')) >= sizes.agents);
  const ranS = (performance.now() - startedMs) / 1000;
  await looked('every resource says so', async () => resources.count >= sizes.agents);
  const tookS = (performance.now() - startedMs) / 1000;
  const costs = costOf(before, sizes.agents);
  const called = (await nodeCalls(world)) - calls;
  await resources.stop();
  await sleep(ECHO_MS);
  const requests = counted(await world.asked(since));
  tell('agents', requests);
  const name = `${sizes.agents} agents over them, API to Running`;
  const { writes, tenantStatuses } = requests;
  const each = (writes - tenantStatuses) / sizes.agents;
  return [
    { name, value: sizes.agents / ranS, unit: '/s', target: { atLeast: 60 } },
    { name: `${name}, in their resources`, value: sizes.agents / tookS, unit: '/s' },
    { name: `${name}, in their resources`, value: sizes.agents / tookS / bare, unit: 'of bare' },
    { name: `${name}, accepted after`, value: acceptedS, unit: 's' },
    { name: `${name}, writes each`, value: each, unit: '', target: { atMost: 2 } },
    {
      name: `${name}, writes of the count in each tenant`,
      value: tenantStatuses / sizes.tenants,
      unit: '',
    },
    {
      name: `${name}, calls to its node each`,
      value: called / sizes.agents,
      unit: '',
    },
    ...costs(name),
  ];
}

export async function oneAtATime(world: ClusterWorld): Promise<Measured[]> {
  const admin = await world.admin();
  const starts = await NodeStarts.watch(world.plane.admin);
  const [tenants, agents]: [number[], number[]] = [[], []];
  for (let n = 0; n < world.sizes.singles; n++) {
    const startedMs = performance.now();
    const { id, crName } = await admin.createTenant(`Single ${n}`);
    while (!(await admin.tenant(id)).ready) await sleep(10);
    tenants.push(performance.now() - startedMs - starts.tookMs(crName));
    await sleep(500);
    agents.push(await oneAgent(admin, crName));
    await sleep(200);
  }
  await starts.stop();
  const name = 'idle system, API to Ready without the start of the node';
  return [
    { name: `one tenant, ${name}, p50`, value: percentile(tenants, 0.5), unit: 'ms' },
    within(`one tenant, ${name}, p95`, percentile(tenants, 0.95), 500),
    {
      name: 'one agent, idle system, API to Running, p50',
      value: percentile(agents, 0.5),
      unit: 'ms',
    },
    within('one agent, idle system, API to Running, p95', percentile(agents, 0.95), 250),
  ];
}

async function oneAgent(admin: Caller, tenant: string): Promise<number> {
  const startedMs = performance.now();
  await admin.createAgent(tenant, 'single');
  while ((await admin.phaseOf(tenant, 'single')) !== 'Running') await sleep(5);
  return performance.now() - startedMs;
}

export async function steadyState(world: ClusterWorld): Promise<Measured[]> {
  const { sizes, audit, product } = world;
  await sleep(sizes.calmSeconds * 1000);
  const since = await audit.moment();
  const calls = await nodeCalls(world);
  const [startedMs, before] = [performance.now(), cpuSeconds(product.pid)];
  const rows = await countWrites(product, sizes.idleSeconds * 1000);
  const tookS = (performance.now() - startedMs) / 1000;
  const share = (100 * (cpuSeconds(product.pid) - before)) / tookS;
  const memoryMb = residentMb(product.pid);
  const called = (await nodeCalls(world)) - calls;
  const requests = counted(await world.asked(since));
  tell('steady', requests);
  const name = `steady state, ${sizes.idleSeconds} s`;
  return [
    none(`${name}: writes to the API server but Leases`, requests.writes),
    none(`${name}: writes to the database`, rows),
    { name: `${name}: CPU`, value: share, unit: '% of a core', target: { atMost: 3 } },
    { name: `${name}: resident memory`, value: memoryMb, unit: 'MB', target: { atMost: 350 } },
    { name: `${name}: calls to nodes`, value: called / tookS, unit: '/s' },
  ];
}

export async function restart(world: ClusterWorld): Promise<Measured[]> {
  const { audit, product, sizes } = world;
  await product.stop();
  const since = await audit.moment();
  const startedMs = performance.now();
  await world.run();
  const writing = countWrites(product, RESTART_WITHIN_S * 1000);
  await looked('everything was looked at', () => isReconciled(world));
  const tookS = (performance.now() - startedMs) / 1000;
  const rows = await writing;
  const called = await nodeCalls(world);
  const requests = counted(await world.asked(since));
  tell('restart', requests);
  const name = `restart over ${sizes.tenants} tenants and ${sizes.agents} agents`;
  return [
    { name: `${name}, reconciled`, value: tookS, unit: 's', target: { atMost: RESTART_WITHIN_S } },
    none(`${name}: writes to the API server but Leases`, requests.writes),
    none(`${name}: writes to the database`, rows),
    { name: `${name}: calls to nodes`, value: called, unit: '' },
  ];
}

/** How many calls to nodes the server has made since it started. */
async function nodeCalls({ product }: ClusterWorld): Promise<number> {
  return nodeCallsIn(await (await fetch(product.metricsUrl)).text());
}

/** Whether every tenant, agent and resource was looked at since the start, and none is left. */
async function isReconciled({ product, sizes }: ClusterWorld): Promise<boolean> {
  const { done, left } = passesIn(await (await fetch(product.metricsUrl)).text());
  const all = (name: string, amount: number): boolean => (done.get(name) ?? 0) >= amount;
  const tenants = all('tenant', sizes.tenants) && all('tenant-resource', sizes.tenants);
  return left === 0 && tenants && all('agent', sizes.agents) && all('agent-resource', sizes.agents);
}

/** As `until`, and looks less often: every look costs the server what is measured. */
async function looked(what: string, probe: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    if (await probe()) return true;
    await sleep(LOOK_EVERY_MS);
    return false;
  });
}

function within(name: string, value: number, ms: number): Measured {
  return { name, value, unit: 'ms', target: { atMost: ms } };
}

function none(name: string, value: number): Measured {
  return { name, value, unit: '', target: { atMost: 0 } };
}

/** What everybody's processor time was for each of so many, as rows; it ends now. */
function costOf(before: Spent, amount: number): (name: string) => Measured[] {
  const each = spentEach(before, amount);
  return (name) =>
    each.map(([who, value]) => ({ name: `${name}, CPU of the ${who} each`, value, unit: 'ms' }));
}

/** Says which requests they were; the table has no room for it. */
function tell(row: string, requests: Requests): void {
  const { writes, reads, passedOn } = requests;
  process.stderr.write(
    `${row}: ${writes} writes, ${reads} reads, ${passedOn} passed on: ${kindsOf(requests)}\n`,
  );
}
