/** The rows of the table, in the order in which they run: what runs later sees what came before. */
import { cpuSeconds, makeLoad, residentMb } from './child.js';
import { spec, until } from './caller.js';
import { countWrites, sleep } from './databases.js';
import type { FixedRate } from './load.types.js';
import { type Measured, percentile, type Target } from './measured.js';
import { besidePeers } from './peers/rows.js';
import { CONNECTIONS, untilRunning, type World } from './world.js';

type Row = (world: World) => Promise<Measured[]>;

const LIST = '/api/v1/agents?limit=50';
const TURNS = 5;
const MANY_AGENTS = 2_000;
const STARTS = 5;
const SINGLE_AGENTS = 60;
const LOGINS_PER_SECOND = 20;
const SETTLED_AFTER_MS = 10_000;
const MEMORY_AFTER_MS = 60_000;
/** After the last agent runs, until nothing is left to be looked at again. */
const CALM_AFTER_MS = 60_000;

/** By the name that `--only` takes. */
export const ROWS: Readonly<Record<string, Row>> = {
  start: startAndMemory,
  bare,
  'get-by-jwt': getByJwt,
  'get-by-key': getByKey,
  'list-50': listFifty,
  peers: besidePeers,
  'get-beside-logins': getBesideLogins,
  'create-to-running': createToRunning,
  create,
  'memory-after': memoryAfter,
  'many-to-running': manyToRunning,
  idle,
};

/** What PostgreSQL must reach, where no row is cached, beside what SQLite must. */
function atLeast({ backing }: World, sqlite: number, postgres: number): Target {
  return { atLeast: backing.kind === 'sqlite' ? sqlite : postgres };
}

async function bare(world: World): Promise<Measured[]> {
  if (world.yardsticks.length === 0) await world.yardstick();
  const value = percentile(world.yardsticks, 0.5);
  return [{ name: 'bare route', value, unit: 'req/s' }];
}

async function getByJwt(world: World): Promise<Measured[]> {
  const { owner, tenant } = await world.large();
  await owner.logIn();
  return getOne(world, 'GET one agent by JWT', { ...owner.headers, 'x-tenant-id': tenant.id });
}

async function getByKey(world: World): Promise<Measured[]> {
  const { key } = await world.large();
  return getOne(world, 'GET one agent by API key', { 'x-api-key': key });
}

async function getOne(
  world: World,
  name: string,
  headers: Record<string, string>,
): Promise<Measured[]> {
  const { names } = await world.large();
  const paths = names.map((agent) => `/api/v1/agents/${agent}`);
  const { ratio, perSecond } = await ratioOf(world, headers, paths);
  const { p99 } = await world.measure(await atHalf(world, headers, paths, perSecond));
  return [
    { name, value: ratio, unit: 'of bare', target: atLeast(world, 0.45, 0.15) },
    { name: `${name}, rate`, value: perSecond, unit: 'req/s' },
    { name: `${name}, p99 at half the rate`, value: p99, unit: 'ms', target: { atMost: 25 } },
  ];
}

async function listFifty(world: World): Promise<Measured[]> {
  const { owner, tenant } = await world.large();
  await owner.logIn();
  const headers = { ...owner.headers, 'x-tenant-id': tenant.id };
  const { ratio, perSecond } = await ratioOf(world, headers, [LIST]);
  return [
    { name: 'GET 50 agents', value: ratio, unit: 'of bare', target: atLeast(world, 0.3, 0.1) },
    { name: 'GET 50 agents, rate', value: perSecond, unit: 'req/s' },
  ];
}

/**
 * The rate of some reads, and its share of the yardstick. Both run in turn, so that they see the same
 * machine, whatever else it does.
 */
async function ratioOf(
  world: World,
  headers: Record<string, string>,
  paths: string[],
): Promise<{ ratio: number; perSecond: number }> {
  const { product } = await world.large();
  const seconds = Math.ceil(world.sizes.seconds / TURNS);
  const common = { method: 'GET' as const, connections: CONNECTIONS, seconds };
  const [ratios, rates]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    const yardstick = await world.yardstick(seconds);
    const { url } = product;
    const { perSecond } = await world.measure({ kind: 'closed', ...common, url, headers, paths });
    ratios.push(perSecond / yardstick);
    rates.push(perSecond);
  }
  return { ratio: percentile(ratios, 0.5), perSecond: percentile(rates, 0.5) };
}

async function atHalf(
  world: World,
  headers: Record<string, string>,
  paths: string[],
  most: number,
): Promise<FixedRate> {
  const { product } = await world.large();
  const { seconds } = world.sizes;
  const common = { url: product.url, method: 'GET' as const, headers, paths, seconds };
  return { kind: 'fixed', ...common, connections: CONNECTIONS, perSecond: most / 2 };
}

async function getBesideLogins(world: World): Promise<Measured[]> {
  const { owner, tenant, names, product } = await world.large();
  await owner.logIn();
  const headers = { ...owner.headers, 'x-tenant-id': tenant.id };
  const paths = names.map((agent) => `/api/v1/agents/${agent}`);
  const { seconds } = world.sizes;
  const reads = { url: product.url, method: 'GET' as const, headers, paths, seconds };
  const logins = makeLoad({
    kind: 'fixed',
    url: product.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    paths: ['/auth/login'],
    body: JSON.stringify(owner.person),
    connections: CONNECTIONS,
    // Longer than all that is measured meanwhile.
    seconds: 2 * seconds + 10,
    perSecond: LOGINS_PER_SECOND,
  });
  await sleep(1_000);
  const most = await world.measure({ kind: 'closed', ...reads, connections: CONNECTIONS });
  const { p99 } = await world.measure(await atHalf(world, headers, paths, most.perSecond));
  const loggedIn = await logins;
  const name = `GET one agent beside ${LOGINS_PER_SECOND} logins per second`;
  return [
    { name: `${name}, rate`, value: most.perSecond, unit: 'req/s' },
    { name: `${name}, p99 at half the rate`, value: p99, unit: 'ms', target: { atMost: 50 } },
    { name: `${name}, logins`, value: loggedIn.perSecond, unit: '/s' },
  ];
}

async function createToRunning(world: World): Promise<Measured[]> {
  const { owner, tenant } = await world.large();
  await owner.logIn();
  const taken: number[] = [];
  for (let n = 0; n < SINGLE_AGENTS; n++) {
    const name = `single-${n}`;
    const startedMs = performance.now();
    await owner.createAgent(tenant.id, name);
    while ((await owner.phaseOf(tenant.crName, name)) !== 'Running') await sleep(5);
    taken.push(performance.now() - startedMs);
    await sleep(100);
  }
  const name = 'POST an agent → Running, idle system';
  return [
    { name: `${name}, p50`, value: percentile(taken, 0.5), unit: 'ms', target: { atMost: 300 } },
    { name: `${name}, p95`, value: percentile(taken, 0.95), unit: 'ms', target: { atMost: 1_000 } },
  ];
}

async function create(world: World): Promise<Measured[]> {
  const { owner, tenant, product, admin } = await world.large();
  await Promise.all([owner.logIn(), admin.logIn()]);
  const before = await admin.count('Running', tenant.id);
  const { perSecond, answered } = await world.measure({
    kind: 'closed',
    url: product.url,
    method: 'POST',
    headers: { ...owner.headers, 'x-tenant-id': tenant.id, 'content-type': 'application/json' },
    paths: ['/api/v1/agents'],
    body: spec('created-{n}'),
    connections: CONNECTIONS,
    seconds: world.sizes.seconds,
  });
  const endedMs = performance.now();
  // What was under way when the time was over may have been made as well.
  await untilRunning(admin, tenant.id, before + answered);
  await until('nothing is pending', async () => (await admin.count('Pending', tenant.id)) === 0);
  const convergedS = (performance.now() - endedMs) / 1000;
  return [
    { name: 'POST an agent', value: perSecond, unit: '/s', target: atLeast(world, 300, 150) },
    { name: 'POST an agent, all running after the last', value: convergedS, unit: 's' },
  ];
}

async function manyToRunning(world: World): Promise<Measured[]> {
  const { admin, tenants } = await world.live();
  await admin.logIn();
  const agents = Math.min(MANY_AGENTS, world.sizes.liveAgents);
  const startedMs = performance.now();
  await makeLoad(world.agentsFor(admin, tenants, agents));
  const acceptedS = (performance.now() - startedMs) / 1000;
  await untilRunning(admin, undefined, agents);
  const tookS = (performance.now() - startedMs) / 1000;
  const name = `${agents} agents over ${tenants.length} live tenants`;
  return [
    { name: `${name}, to Running`, value: agents / tookS, unit: '/s', target: { atLeast: 100 } },
    { name: `${name}, accepted after`, value: acceptedS, unit: 's' },
  ];
}

async function idle(world: World): Promise<Measured[]> {
  const { admin, tenants, product } = await world.live();
  await admin.logIn();
  const there = await admin.count('Running');
  const missing = world.sizes.liveAgents - there;
  if (missing > 0) await makeLoad(world.agentsFor(admin, tenants, missing, there));
  await untilRunning(admin, undefined, world.sizes.liveAgents);
  await sleep(CALM_AFTER_MS);
  const seconds = world.sizes.idleSeconds;
  const [startedMs, before] = [performance.now(), cpuSeconds(product.pid)];
  const writes = await countWrites(product, seconds * 1000);
  const tookS = (performance.now() - startedMs) / 1000;
  const share = (100 * (cpuSeconds(product.pid) - before)) / tookS;
  const name = `idle, ${world.sizes.liveAgents} agents on ${tenants.length} nodes, ${seconds} s`;
  return [
    { name: `${name}: writes`, value: writes, unit: '', target: { atMost: 0 } },
    { name: `${name}: CPU`, value: share, unit: '% of a core', target: { atMost: 3 } },
  ];
}

async function startAndMemory(world: World): Promise<Measured[]> {
  const { product } = await world.large();
  const taken: number[] = [];
  for (let n = 0; n < STARTS; n++) {
    await product.stop();
    taken.push(await world.start(product));
    await sleep(500);
  }
  await sleep(SETTLED_AFTER_MS);
  const startS = percentile(taken, 0.5) / 1000;
  return [
    { name: 'start to ready, warm', value: startS, unit: 's', target: { atMost: 2 } },
    memory('resident memory, idle', product.pid, 220),
  ];
}

async function memoryAfter(world: World): Promise<Measured[]> {
  const { product } = await world.large();
  await sleep(MEMORY_AFTER_MS);
  return [memory('resident memory, 60 s after the load', product.pid, 350)];
}

function memory(name: string, pid: number, atMost: number): Measured {
  return { name, value: residentMb(pid), unit: 'MB', target: { atMost } };
}
