/**
 * `npm run soak -- --kills 1000`: kills the built server as often as one likes, at moments that a
 * printed seed decides, and holds what comes back to what was acknowledged.
 */
import { parseArgs } from 'node:util';
import { freshDatabase } from '../support/postgres.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { processesOf } from '../support/processes.js';
import { Random } from '../support/random.js';
import { TestServer } from '../support/server.js';
import { Violation } from './acknowledged.js';
import { killFirstStarts, killMigrations, type NewDatabase } from './killed-starts.js';
import { drawMoment, killAndLook } from './kills.js';
import { SoakWorld } from './world.js';

const USAGE = `Usage: npm run soak -- [--kills 1000] [--database sqlite|postgres] [--seed N]
`;

const OPTIONS = {
  kills: { type: 'string', default: '1000' },
  database: { type: 'string', default: 'sqlite' },
  seed: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Of a hundred rounds, those that kill the first start of an installation, or migrations. */
const FIRST_STARTS = 3;
const MIGRATIONS = 3;
const KILLS_EACH = 3;
/** Rounds between two waits for nodes and processes. */
const CONVERGE_EVERY = 20;
const TELL_EVERY = 10;
const LINES_SHOWN = 40;

interface Options {
  kills: number;
  database: string;
  seed: number;
}

function readOptions(): Options {
  const { values } = parseArgs({ options: OPTIONS });
  const kills = Number(values.kills);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const isRight = ['sqlite', 'postgres'].includes(values.database) && kills > 0 && seed >= 0;
  if (values.help || !isRight) {
    process.stderr.write(USAGE);
    process.exit(2);
  }
  return { kills, database: values.database, seed };
}

class Soak {
  kills = 0;
  private rounds = 0;

  constructor(
    private readonly options: Options,
    private readonly random: Random,
    private readonly world: SoakWorld,
    private readonly newDatabase: NewDatabase,
  ) {}

  async run(): Promise<void> {
    const { world, options } = this;
    while (this.kills < options.kills) {
      this.kills += await this.round();
      world.server.lines.splice(0);
      if (++this.rounds % CONVERGE_EVERY === 0) await world.converge();
      if (this.rounds % TELL_EVERY === 0) this.tell();
    }
    this.tell();
    await world.converge();
    await world.server.stop();
    const left = processesOf(world.server.dataDir);
    if (left.length > 0) throw new Violation(`processes ${left.join()} are left behind`);
  }

  private async round(): Promise<number> {
    const { random, newDatabase } = this;
    const chance = random.between(1, 100);
    if (chance <= FIRST_STARTS) {
      await killFirstStarts(random, KILLS_EACH, await newDatabase());
      return KILLS_EACH;
    }
    if (chance <= FIRST_STARTS + MIGRATIONS) {
      return killMigrations(random, KILLS_EACH, { fetch, newDatabase });
    }
    return killAndLook(this.world, random, drawMoment(random));
  }

  private tell(): void {
    const { answered, unanswered } = this.world.model;
    process.stdout.write(
      `${this.kills} of ${this.options.kills} kills: ${answered} changes acknowledged; without an answer ${unanswered.happened} happened, ${unanswered.never} did not\n`,
    );
  }
}

const options = readOptions();
const startedMs = performance.now();
process.stdout.write(`soak: --seed ${options.seed} --database ${options.database}\n`);
const random = new Random(options.seed);
let postgres: PostgresServer | undefined;
let server: TestServer | undefined;
let soak: Soak | undefined;
let failure: unknown;
try {
  if (options.database === 'postgres') postgres = await startPostgres({ durable: true });
  const newDatabase: NewDatabase = async () => postgres && freshDatabase(postgres.url);
  const environment = { NEXUS_RESYNC_SECONDS: '1' };
  server = await TestServer.start({ environment, database: await newDatabase() });
  const world = await SoakWorld.create(server, random, fetch);
  soak = new Soak(options, random, world, newDatabase);
  await soak.run();
} catch (error) {
  failure = error;
  process.stdout.write(`${String(error instanceof Error ? error.stack : error)}\n`);
  process.stdout.write(`${server?.lines.slice(-LINES_SHOWN).join('\n')}\n`);
} finally {
  await server?.close();
  await postgres?.stop();
}
const seconds = Math.round((performance.now() - startedMs) / 1000);
const said = failure === undefined ? 'nothing acknowledged was lost' : 'FAILED';
process.stdout.write(
  `soak: ${said}; ${soak?.kills ?? 0} kills on ${options.database} with --seed ${options.seed} in ${seconds} s\n`,
);
process.exit(failure === undefined ? 0 : 1);
