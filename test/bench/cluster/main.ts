/**
 * `npm run bench:cluster`: measures the built server as an operator, on a real control plane with
 * nodes that the tests play. Prints a table and, with `--json FILE`, writes it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../support/postgres-server.js';
import { type Measured, reported, table } from '../measured.js';
import type { Backing } from '../product.js';
import { bareLoop } from './bare-loop.js';
import { agentsToRunning, oneAtATime, restart, steadyState, tenantsToReady } from './rows.js';
import { ClusterWorld, type Sizes } from './world.js';

const USAGE = `Usage: npm run bench:cluster -- [--tenants 300] [--agents 3000] [--singles 30]
  [--seconds 300] [--calm 60] [--database sqlite|postgres] [--json FILE] [--profile FOLDER]
The seconds are those of the steady state, and before it those until it is calm.
`;

const OPTIONS = {
  tenants: { type: 'string', default: '300' },
  agents: { type: 'string', default: '3000' },
  singles: { type: 'string', default: '30' },
  seconds: { type: 'string', default: '300' },
  calm: { type: 'string', default: '60' },
  database: { type: 'string', default: 'sqlite' },
  json: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const { tenants, agents, singles, seconds, calm, database, profile } = values;
  const numbers = [tenants, agents, singles, seconds, calm];
  const isUnderstood = numbers.every((text) => /^[1-9]\d*$/.test(text));
  if (values.help || !isUnderstood || !['sqlite', 'postgres'].includes(database)) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  if (profile !== undefined) mkdirSync(profile, { recursive: true });
  const sizes: Sizes = {
    tenants: Number(tenants),
    agents: Number(agents),
    singles: Number(singles),
    idleSeconds: Number(seconds),
    calmSeconds: Number(calm),
    profile,
  };
  return { sizes, database, json: values.json };
}

async function withBacking<T>(
  database: string,
  work: (backing: Backing) => Promise<T>,
): Promise<T> {
  if (database === 'sqlite') return work({ kind: 'sqlite' });
  const { url, stop } = await startPostgres({ durable: true });
  try {
    return await work({ kind: 'postgres', adminUrl: url });
  } finally {
    await stop();
  }
}

async function measure(backing: Backing, sizes: Sizes): Promise<Measured[]> {
  const results: Measured[] = [];
  const add = (measured: Measured[]): void => {
    results.push(...measured);
    for (const { name, value, unit } of measured) {
      process.stderr.write(`${name}: ${value.toPrecision(4)} ${unit}\n`);
    }
  };
  const bare = await bareLoop(sizes.tenants);
  add([{ name: 'bare loop, 7 objects of a tenant', value: bare, unit: 'tenants/s' }]);
  const world = await ClusterWorld.start(backing, sizes);
  try {
    add(await tenantsToReady(world, bare));
    add(await agentsToRunning(world));
    for (const row of [oneAtATime, steadyState, restart]) add(await row(world));
    return results;
  } finally {
    await world.stop();
  }
}

const { sizes, database, json } = readOptions();
const rows = (await withBacking(database, (backing) => measure(backing, sizes))).map(reported);
process.stdout.write(`\n${table(new Map([[database, rows]]))}\n`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);
