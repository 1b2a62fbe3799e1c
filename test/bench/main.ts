/**
 * `npm run bench`: measures the built product, prints a table and, with `--json FILE`, writes it.
 * Load comes from a process of its own; ratios are of the bare route of the same run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres-server.js';
import { type Measured, type Reported, reported, table } from './measured.js';
import type { Backing } from './product.js';
import { ROWS } from './rows.js';
import { type Sizes, World } from './world.js';

const USAGE = `Usage: npm run bench -- [--database sqlite|postgres|both] [--only ROW]… [--json FILE]
  [--seconds 10] [--idle-seconds 300] [--agents 10000] [--live-agents 10000] [--profile FOLDER]
Rows: ${Object.keys(ROWS).join(', ')}
`;

const OPTIONS = {
  database: { type: 'string', default: 'sqlite' },
  only: { type: 'string', multiple: true },
  json: { type: 'string' },
  seconds: { type: 'string', default: '10' },
  'idle-seconds': { type: 'string', default: '300' },
  agents: { type: 'string', default: '10000' },
  'live-agents': { type: 'string', default: '10000' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const DATABASES: Readonly<Record<string, readonly ('sqlite' | 'postgres')[]>> = {
  sqlite: ['sqlite'],
  postgres: ['postgres'],
  both: ['sqlite', 'postgres'],
};

type Options = ReturnType<typeof readOptions>;

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const databases = DATABASES[values.database];
  const only = values.only ?? [];
  const unknown = only.filter((name) => !(name in ROWS));
  if (values.help || databases === undefined || unknown.length > 0) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  return { ...values, only, databases };
}

function sizesOf(options: Options): Sizes {
  if (options.profile !== undefined) mkdirSync(options.profile, { recursive: true });
  return {
    seconds: Number(options.seconds),
    idleSeconds: Number(options['idle-seconds']),
    agents: Number(options.agents),
    liveAgents: Number(options['live-agents']),
    liveTenants: 20,
    profile: options.profile,
  };
}

async function withBacking<T>(
  kind: 'sqlite' | 'postgres',
  work: (backing: Backing) => Promise<T>,
): Promise<T> {
  if (kind === 'sqlite') return work({ kind });
  const { url, stop } = await startPostgres({ durable: true });
  try {
    return await work({ kind, adminUrl: url });
  } finally {
    await stop();
  }
}

async function run(backing: Backing, only: readonly string[], sizes: Sizes): Promise<Reported[]> {
  const world = new World(backing, sizes);
  const results: Measured[] = [];
  try {
    for (const [name, row] of Object.entries(ROWS)) {
      if (only.length > 0 && !only.includes(name)) continue;
      const measured = await row(world);
      results.push(...measured);
      for (const line of measured) {
        process.stderr.write(
          `${backing.kind}: ${line.name} ${line.value.toPrecision(4)} ${line.unit}\n`,
        );
      }
    }
    return results.map(reported);
  } finally {
    await world.close();
  }
}

const options = readOptions();
const columns = new Map<string, Reported[]>();
for (const kind of options.databases) {
  columns.set(
    kind,
    await withBacking(kind, (backing) => run(backing, options.only, sizesOf(options))),
  );
}
process.stdout.write(`\n${table(columns)}\n`);
if (options.json !== undefined) {
  const several = columns.size > 1;
  const lines = [...columns].flatMap(([kind, rows]) =>
    rows.map((row) => (several ? { ...row, name: `${kind}: ${row.name}` } : row)),
  );
  writeFileSync(options.json, `${JSON.stringify(lines, null, 2)}\n`);
}
process.exit([...columns.values()].flat().every(({ ok }) => ok) ? 0 : 1);
