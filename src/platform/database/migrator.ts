import pg from 'pg';
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { ConfigError } from '../../config/config-error.js';
import type { DataSources } from './data-sources.js';
import { MIGRATIONS } from './migrations/migrations.js';

// Brings the schema up to this program, and refuses to run on one that has moved on without it.
// Migrations only expand: an older program keeps working until the schema says otherwise.

/** What this program calls itself to a schema: the number of migrations that it knows. */
export const PROGRAM_LEVEL = MIGRATIONS.length;

/** Any fixed number; the same for every server of the product. */
const MIGRATION_LOCK = 0x6e_65_78_31;

/**
 * Lets PostgreSQL end what a killed server asked for, instead of finishing a long statement for
 * nobody while the next server waits; where it knows how to (from version 14 on).
 */
const NOTICE_A_KILL = `SELECT set_config(name, '1000', false) FROM pg_settings
  WHERE name = 'client_connection_check_interval'`;

/** A newer version has migrated the database, and this program is too old to use it. */
export class NewerSchemaError extends ConfigError {}

/** Told of the migrations that are missing, before the first of them is applied. */
export type Announce = (missing: readonly string[]) => void;

/**
 * Checks the version guard and applies what is missing, under a lock that keeps other servers
 * out: on PostgreSQL an advisory lock of the very session that migrates, so that whoever comes
 * after one that was killed reads what that one's last statement left; on SQLite the caller holds
 * the folder.
 *
 * @returns the names of the migrations that were applied
 * @throws NewerSchemaError when the schema needs a newer program
 */
export async function migrate(
  { dialect, writer }: DataSources,
  announce: Announce = () => undefined,
): Promise<string[]> {
  const runner = writer.createQueryRunner();
  if (dialect === 'sqlite') return applyMissing(writer, runner, announce);
  try {
    await claim(runner);
    // The lock ends with the session, which ends with the data source.
    return await applyMissing(writer, runner, announce);
  } finally {
    await runner.release();
  }
}

async function claim(runner: QueryRunner): Promise<void> {
  await runner.query(NOTICE_A_KILL);
  await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
}

async function applyMissing(
  writer: DataSource,
  runner: QueryRunner,
  announce: Announce,
): Promise<string[]> {
  await refuseNewerSchema(runner);
  const executor = new MigrationExecutor(writer, runner);
  executor.transaction = 'each';
  const missing = await executor.getPendingMigrations();
  if (missing.length > 0) announce(missing.map(({ name }) => name));
  const applied = await executor.executePendingMigrations();
  return applied.map(({ name }) => name);
}

async function refuseNewerSchema(runner: QueryRunner): Promise<void> {
  if (!(await runner.hasTable('schema_info'))) return;
  const rows: unknown = await runner.query('SELECT oldest_program FROM schema_info');
  const oldest = (rows as { oldest_program: number }[])[0]?.oldest_program ?? 0;
  if (oldest <= PROGRAM_LEVEL) return;
  throw new NewerSchemaError([
    `the database was migrated by a newer version and needs program level ${oldest}, this one is ${PROGRAM_LEVEL}; install the newer version, or restore a backup made before the upgrade`,
  ]);
}

/**
 * For programs that work on the schema as it is.
 *
 * @throws ConfigError when migrations are missing, or some were applied that this program lacks
 */
export async function refuseOtherSchema(source: DataSource): Promise<void> {
  const applied = await appliedMigrations(source);
  const known: readonly string[] = MIGRATION_NAMES;
  if (applied.some((name) => !known.includes(name))) {
    throw new ConfigError([
      'the database was migrated by a newer version; use the nexus-admin of that version',
    ]);
  }
  const missing = known.length - applied.length;
  if (missing === 0) return;
  throw new ConfigError([
    applied.length === 0
      ? 'the database is empty; start the server once, or run: nexus-admin migrate'
      : `the database lacks ${missing} migration(s) of this version; start the server of this version, or run: nexus-admin migrate`,
  ]);
}

/** The names of all migrations, oldest first. */
export const MIGRATION_NAMES = MIGRATIONS.map(({ name }) => name);

async function appliedMigrations(source: DataSource): Promise<string[]> {
  const applied = await new MigrationExecutor(source).getExecutedMigrations();
  return applied.map(({ name }) => name);
}

/** Applies those of the named migrations that are missing, as part of the runner's transaction. */
export async function migrateWithin(runner: QueryRunner, names: readonly string[]): Promise<void> {
  const executor = new PartialExecutor(runner, names);
  executor.transaction = 'none';
  await executor.executePendingMigrations();
}

class PartialExecutor extends MigrationExecutor {
  constructor(
    runner: QueryRunner,
    private readonly names: readonly string[],
  ) {
    super(runner.connection, runner);
  }

  protected override getMigrations() {
    return super.getMigrations().filter(({ name }) => this.names.includes(name));
  }
}

/**
 * Keeps servers from starting on a PostgreSQL while something replaces what is in it; they wait.
 *
 * @returns lets them go on
 */
export async function holdMigrations(url: string): Promise<() => Promise<void>> {
  const session = new pg.Client({ connectionString: url, application_name: 'nexus-migrate' });
  // A session that dies lets go of the lock.
  session.on('error', () => undefined);
  await session.connect();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (error) {
    await session.end();
    throw error;
  }
  return () => session.end();
}
