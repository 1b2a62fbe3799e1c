/** The same two calls on the product and on its peers, in turn, so that all see the same machine. */
import { cpuSeconds, makeLoad } from '../child.js';
import { type Measured, percentile } from '../measured.js';
import { CONNECTIONS, type World } from '../world.js';
import { Peer } from './peer.js';

const TURNS = 3;

interface Candidate {
  pid: number;
  url: string;
  headers: Record<string, string>;
  paths: string[];
}

/** Medians over the turns. */
interface Speed {
  perSecond: number;
  /** Requests per second of processor time. */
  perCore: number;
}

/** SQLite alone: that is what the peers have. */
export async function besidePeers(world: World): Promise<Measured[]> {
  if (world.backing.kind !== 'sqlite') return [];
  const { owner, tenant, names, product } = await world.large();
  await owner.logIn();
  const headers = { ...owner.headers, 'x-tenant-id': tenant.id };
  const peers: Peer[] = [];
  const start = async (name: 'nest' | 'gin'): Promise<Peer> => {
    const peer = await Peer.start(name, world.sizes.agents);
    peers.push(peer);
    return peer;
  };
  try {
    const [nest, gin] = [await start('nest'), await start('gin')];
    const own = Array.from({ length: world.sizes.agents / 100 }, (_, n) => `/agents/agent-${n}`);
    const ours = { pid: product.pid, url: product.url, headers };
    const one = await speeds(world, [
      { ...ours, paths: names.map((name) => `/api/v1/agents/${name}`) },
      { pid: nest.pid, url: nest.url, headers: nest.headers, paths: own },
      { pid: gin.pid, url: gin.url, headers: gin.headers, paths: own },
    ]);
    const list = await speeds(world, [
      { ...ours, paths: ['/api/v1/agents?limit=50'] },
      { pid: nest.pid, url: nest.url, headers: nest.headers, paths: ['/agents'] },
      { pid: gin.pid, url: gin.url, headers: gin.headers, paths: ['/agents'] },
    ]);
    return [...compared('GET one agent', one), ...compared('GET 50 agents', list)];
  } finally {
    for (const peer of peers) await peer.remove();
  }
}

async function speeds(world: World, candidates: readonly Candidate[]): Promise<Speed[]> {
  const seen = candidates.map((): Speed[] => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [index, candidate] of candidates.entries()) {
      seen[index]?.push(await speedOf(world, candidate));
    }
  }
  return seen.map((turns) => ({
    perSecond: percentile(
      turns.map(({ perSecond }) => perSecond),
      0.5,
    ),
    perCore: percentile(
      turns.map(({ perCore }) => perCore),
      0.5,
    ),
  }));
}

async function speedOf(world: World, { pid, url, headers, paths }: Candidate): Promise<Speed> {
  const seconds = Math.ceil(world.sizes.seconds / TURNS);
  const load = { method: 'GET' as const, url, headers, paths, connections: CONNECTIONS };
  await makeLoad({ kind: 'closed', ...load, seconds: 1 });
  const before = cpuSeconds(pid);
  const { perSecond, answered, failed } = await makeLoad({ kind: 'closed', ...load, seconds });
  if (failed > 0) throw new Error(`${failed} requests failed: ${url}${paths[0] ?? ''}`);
  return { perSecond, perCore: answered / (cpuSeconds(pid) - before) };
}

function compared(name: string, [ours, nest, gin]: readonly Speed[]): Measured[] {
  if (ours === undefined || nest === undefined || gin === undefined) return [];
  return [
    {
      name: `${name}, beside Nest with Express, passport and TypeORM`,
      value: ours.perSecond / nest.perSecond,
      unit: 'times',
      target: { atLeast: 3 },
    },
    {
      name: `${name}, beside Go with Gin, per core`,
      value: ours.perCore / gin.perCore,
      unit: 'times',
      target: { atLeast: 1 },
    },
    { name: `${name}, Nest with Express`, value: nest.perSecond, unit: 'req/s' },
    { name: `${name}, Go with Gin`, value: gin.perSecond, unit: 'req/s' },
    { name: `${name}, Go with Gin, per second of a core`, value: gin.perCore, unit: 'req' },
    { name: `${name}, per second of a core`, value: ours.perCore, unit: 'req' },
  ];
}
