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
 * Checks the version guard and applies what is missing, under a lock that keeps other servers
 * out: on PostgreSQL an advisory lock on a session of its own; on SQLite the caller holds the
 * folder.
 *
 * @returns the names of the migrations that were applied
 * @throws ConfigError when the schema needs a newer program
 */
export async function migrate(sources: DataSources, url: string | undefined): Promise<string[]> {
  if (sources.dialect === 'sqlite' || url === undefined) return applyMissing(sources.writer);
  const session = await migrationSession(url);
  try {
    return await applyMissing(sources.writer);
  } finally {
    await session.end();
  }
}

async function applyMissing(writer: DataSource): Promise<string[]> {
  await refuseNewerSchema(writer);
  const applied = await writer.runMigrations({ transaction: 'each' });
  return applied.map((migration) => migration.name);
}

async function refuseNewerSchema(writer: DataSource): Promise<void> {
  const runner = writer.createQueryRunner();
  try {
    if (!(await runner.hasTable('schema_info'))) return;
    const rows: unknown = await runner.query('SELECT oldest_program FROM schema_info');
    const oldest = (rows as { oldest_program: number }[])[0]?.oldest_program ?? 0;
    if (oldest <= PROGRAM_LEVEL) return;
    throw new ConfigError([
      `the database was migrated by a newer version and needs program level ${oldest}, this one is ${PROGRAM_LEVEL}; install the newer version, or restore a backup made before the upgrade`,
    ]);
  } finally {
    if (writer.options.type === 'postgres') await runner.release();
  }
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
  const session = await migrationSession(url);
  return () => session.end();
}

async function migrationSession(url: string): Promise<pg.Client> {
  const session = new pg.Client({ connectionString: url, application_name: 'nexus-migrate' });
  // A session that dies lets go of the lock; the statement under way then fails by itself.
  session.on('error', () => undefined);
  await session.connect();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (error) {
    await session.end();
    throw error;
  }
  return session;
}
