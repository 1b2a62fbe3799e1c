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
  [--seconds 300] [--calm 60] [--database sqlite|postgres] [--access service|proxy]
  [--last tenants|agents|singles|steady|restart] [--json FILE] [--profile FOLDER]
The seconds are those of the steady state, and before it those until it is calm. Each row rests on
those before it; --last names the one to end with.
`;

const OPTIONS = {
  tenants: { type: 'string', default: '300' },
  agents: { type: 'string', default: '3000' },
  singles: { type: 'string', default: '30' },
  seconds: { type: 'string', default: '300' },
  calm: { type: 'string', default: '60' },
  database: { type: 'string', default: 'sqlite' },
  access: { type: 'string', default: 'service' },
  last: { type: 'string', default: 'restart' },
  json: { type: 'string' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** What an option may say. */
const CHOICES = {
  database: ['sqlite', 'postgres'],
  access: ['service', 'proxy'],
  last: ['tenants', 'agents', 'singles', 'steady', 'restart'],
} as const;

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const { tenants, agents, singles, seconds, calm, database, access, last, profile } = values;
  const numbers = [tenants, agents, singles, seconds, calm];
  const areNumbers = numbers.every((text) => /^[1-9]\d*$/.test(text));
  const given = { database, access, last };
  const areChoices = Object.entries(CHOICES).every(([name, choices]) =>
    (choices as readonly string[]).includes(given[name as keyof typeof given]),
  );
  if (values.help || !areNumbers || !areChoices) {
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
    access: access as Sizes['access'],
    profile,
  };
  return { sizes, database, last, json: values.json };
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

async function measure(backing: Backing, sizes: Sizes, last: string): Promise<Measured[]> {
  const results: Measured[] = [];
  const add = (measured: Measured[]): void => {
    results.push(...measured);
    for (const { name, value, unit } of measured) {
      process.stderr.write(`${name}: ${value.toPrecision(4)} ${unit}\n`);
    }
  };
  const bare = await bareLoop(sizes.tenants, sizes.agents);
  add([
    { name: 'bare loop, 7 objects of a tenant', value: bare.tenants, unit: 'tenants/s' },
    { name: 'bare loop, an agent and its status', value: bare.agents, unit: 'agents/s' },
  ]);
  const rows = [
    (world: ClusterWorld) => tenantsToReady(world, bare.tenants),
    (world: ClusterWorld) => agentsToRunning(world, bare.agents),
    oneAtATime,
    steadyState,
    restart,
  ].slice(0, (CHOICES.last as readonly string[]).indexOf(last) + 1);
  const world = await ClusterWorld.start(backing, sizes);
  try {
    for (const row of rows) add(await row(world));
    return results;
  } finally {
    await world.stop();
  }
}

const { sizes, database, last, json } = readOptions();
const measured = await withBacking(database, (backing) => measure(backing, sizes, last));
const rows = measured.map(reported);
process.stdout.write(`\n${table(new Map([[database, rows]]))}\n`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
process.exit(rows.every(({ ok }) => ok) ? 0 : 1);
