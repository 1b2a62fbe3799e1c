import pg from 'pg';
import type { DataSource } from 'typeorm';
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
  const session = new pg.Client({ connectionString: url, application_name: 'nexus-migrate' });
  // A session that dies lets go of the lock; the statement under way then fails by itself.
  session.on('error', () => undefined);
  await session.connect();
  try {
    await session.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
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
