/** The rows that set the product beside servers that a user could have written instead. */
import { cpuSeconds, makeLoad } from './child.js';
import type { ClosedLoop } from './load.types.js';
import { type Measured, percentile } from './measured.js';
import { type Peer, Peers } from './peers.js';
import { CONNECTIONS, type World } from './world.js';

const TURNS = 3;
const NAMES = 256;

/** A server that is asked, by what it is called in the table. */
interface Asked extends Pick<Peer, 'name' | 'url' | 'pid'> {
  headers: Record<string, string>;
  one: string[];
  fifty: string[];
}

/** What it answered: per second, and per second of processor time that it used. */
interface Rates {
  perSecond: number;
  perCore: number;
}

/** The goals: by what share of a peer's rate the product is faster. */
const GOALS = [
  { rate: 'perSecond', atLeast: 3, unit: 'of its rate' },
  { rate: 'perCore', atLeast: 1, unit: 'of its rate per core' },
] as const;

export async function besidePeers(world: World): Promise<Measured[]> {
  const peers = await Peers.create();
  try {
    const others = (await peers.start(world.sizes.agents)).map(peerAsked);
    const ours = await productAsked(world);
    const lines: Measured[] = [];
    for (const [what, of] of [
      ['GET one', ({ one }: Asked) => one],
      ['GET 50', ({ fifty }: Asked) => fifty],
    ] as const) {
      lines.push(...(await compared(world, what, [ours, ...others], of)));
    }
    return lines;
  } finally {
    await peers.close();
  }
}

/** All in turn, so that they see the same machine; the first is the product. */
async function compared(
  world: World,
  what: string,
  all: readonly Asked[],
  of: (asked: Asked) => string[],
): Promise<Measured[]> {
  const turns: Rates[][] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const rates: Rates[] = [];
    for (const asked of all) rates.push(await ratesOf(world, asked, of(asked)));
    turns.push(rates);
  }
  return all.flatMap(({ name }, n) => {
    const median = (value: (rates: Rates[]) => number): number => percentile(turns.map(value), 0.5);
    const line = `${what}, ${name}`;
    const rates: Measured[] = [
      { name: line, value: median((rate) => rate[n]?.perSecond ?? 0), unit: 'req/s' },
      { name: `${line}, per core`, value: median((rate) => rate[n]?.perCore ?? 0), unit: 'req/s' },
    ];
    if (n === 0) return rates;
    const goal = GOALS[n - 1];
    if (goal === undefined) return rates;
    const value = median((rate) => (rate[0]?.[goal.rate] ?? 0) / (rate[n]?.[goal.rate] ?? 0));
    const target = { atLeast: goal.atLeast };
    return [...rates, { name: `${what}, Nexus to ${name}`, value, unit: goal.unit, target }];
  });
}

async function ratesOf(
  { sizes }: World,
  { url, pid, headers }: Asked,
  paths: string[],
): Promise<Rates> {
  const seconds = Math.max(1, Math.ceil(sizes.seconds / TURNS));
  const load: ClosedLoop = {
    kind: 'closed',
    url,
    method: 'GET',
    headers,
    paths,
    connections: CONNECTIONS,
  };
  await makeLoad({ ...load, seconds: 1 });
  const before = cpuSeconds(pid);
  const { perSecond, answered, failed } = await makeLoad({ ...load, seconds });
  if (failed > 0) throw new Error(`${failed} requests failed: ${url}${paths[0]}`);
  return { perSecond, perCore: answered / (cpuSeconds(pid) - before) };
}

function peerAsked({ name, url, pid, token }: Peer): Asked {
  return {
    name,
    url,
    pid,
    headers: { authorization: `Bearer ${token}` },
    one: Array.from({ length: NAMES }, (_, n) => `/agents/agent-${n}`),
    fifty: ['/agents?limit=50'],
  };
}

async function productAsked(world: World): Promise<Asked> {
  const { product, owner, tenant, names } = await world.large();
  await owner.logIn();
  return {
    name: 'Nexus',
    url: product.url,
    pid: product.pid,
    headers: { ...owner.headers, 'x-tenant-id': tenant.id },
    one: names.map((name) => `/api/v1/agents/${name}`),
    fifty: ['/api/v1/agents?limit=50'],
  };
}
