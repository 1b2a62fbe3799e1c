import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';
import { ConfigError } from '../../../config/config-error.js';
import type { DatabaseConfig } from '../../../config/database.config.js';
import { AppError } from '../../errors/app-error.js';
import { type Catalog, numberFrom, readShapes, type TableShape } from '../catalog.js';
import {
  closeDataSources,
  createDataSources,
  type Entities,
  openDataSources,
} from '../data-sources.js';
import { FolderLock } from '../folder-lock.js';
import { holdMigrations, MIGRATION_NAMES, migrateWithin } from '../migrator.js';
import { quoted, type Row } from '../snapshot.js';
import { Tx } from '../unit-of-work.js';
import type { Manifest, TableHead } from './backup-format.js';
import { rowsOf, type TableRows, verifyBackup } from './backup-reader.js';

/** What a restore did. */
export interface Restored {
  readonly manifest: Manifest;
  readonly rows: number;
  /** Migrations that came after the backup. */
  readonly migrated: readonly string[];
}

/** How a backup is restored. */
export interface RestoreOptions {
  /** Replaces what is there. */
  force: boolean;
  /** Adds to what was restored, in the same transaction. */
  finish?: (tx: Tx, manifest: Manifest) => Promise<void>;
}

/** A session is listed for a moment after its server has ended. */
const ENDED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 50;
/** Tables that migrations fill by themselves. */
const OF_MIGRATIONS = ['schema_info', 'migrations'];

/**
 * Puts a backup in the place of what the database holds, in one transaction, and brings it up to
 * this program. The file is read to its end before anything is changed.
 *
 * @throws AppError `backup_invalid`, `backup_newer`, `database_not_empty`, `database_in_use`
 * @throws ConfigError when a server holds the data folder
 */
export async function restoreBackup(
  config: DatabaseConfig,
  entities: Entities,
  file: string,
  options: RestoreOptions,
): Promise<Restored> {
  const { manifest, rows } = await verifyBackup(file);
  const unknown = manifest.migrations.filter((name) => !MIGRATION_NAMES.includes(name));
  if (unknown.length > 0) throw newer(manifest);
  const release = await claim(config);
  const sources = createDataSources(config, entities);
  try {
    await openDataSources(sources);
    const tables = sources.writer.entityMetadatas.map(({ tableName }) => tableName);
    const runner = sources.writer.createQueryRunner();
    const target = new Target(sources.dialect, runner);
    const all = [...new Set([...tables, ...manifest.tables])];
    try {
      await target.replace(all, manifest, file, options);
    } finally {
      await target.release();
    }
    const migrated = MIGRATION_NAMES.filter((name) => !manifest.migrations.includes(name));
    return { manifest, rows, migrated };
  } finally {
    await closeDataSources(sources);
    await release();
  }
}

/** Makes sure that no server works on the database until the claim is let go. */
async function claim({ url, dataDir }: DatabaseConfig): Promise<() => Promise<void>> {
  if (url === undefined) {
    const lock = await FolderLock.claim(dataDir);
    return () => lock.release();
  }
  const release = await holdMigrations(url);
  try {
    await refuseOtherSessions(url);
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

/** Every server listens for wakes on a session of its own for as long as it runs. */
async function refuseOtherSessions(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'nexus-restore' });
  await client.connect();
  try {
    const deadline = Date.now() + ENDED_WITHIN_MS;
    let others = await otherSessions(client);
    while (others.length > 0 && Date.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
      others = await otherSessions(client);
    }
    if (others.length > 0) throw inUse(others);
  } finally {
    await client.end();
  }
}

async function otherSessions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'nexus%'
       AND application_name NOT IN ('nexus-restore', 'nexus-migrate')`,
  );
  return rows.map(({ name }) => name);
}

/** The database that takes the rows. */
class Target implements Catalog {
  constructor(
    readonly dialect: 'sqlite' | 'postgres',
    private readonly runner: QueryRunner,
  ) {}

  /** Gives the connection back. */
  async release(): Promise<void> {
    if (this.dialect === 'postgres') await this.runner.release();
  }

  async query(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.runner.query(sql, [...parameters])) as Row[];
  }

  async replace(
    tables: readonly string[],
    manifest: Manifest,
    file: string,
    { force, finish }: RestoreOptions,
  ): Promise<void> {
    await this.query(this.dialect === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN');
    try {
      await this.empty(tables, force);
      await migrateWithin(this.runner, manifest.migrations);
      await this.load(manifest, file);
      await migrateWithin(this.runner, MIGRATION_NAMES);
      await finish?.(new Tx(this.runner.manager), manifest);
      await this.query('COMMIT');
    } catch (error) {
      await this.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** @throws AppError `database_not_empty` */
  private async empty(tables: readonly string[], force: boolean): Promise<void> {
    const there = await this.inTheWay([...tables, ...OF_MIGRATIONS]);
    const shapes = await readShapes(this, there);
    for (const { name } of shapes) {
      if (force || OF_MIGRATIONS.includes(name)) continue;
      const rows = await this.query(`SELECT 1 FROM ${quoted(name)} LIMIT 1`);
      if (rows.length > 0) throw notEmpty();
    }
    for (const { name } of shapes.toReversed()) await this.query(`DROP TABLE ${quoted(name)}`);
  }

  /** Of a newer version it is every table: those that it made would be in its way the next time. */
  private async inTheWay(known: readonly string[]): Promise<string[]> {
    const rows = await this.query(
      this.dialect === 'sqlite'
        ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'`
        : `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
    );
    const there = rows.map(({ name }) => String(name));
    const isNewer = there.includes('migrations') && (await this.isNewer());
    return isNewer ? there : there.filter((name) => known.includes(name));
  }

  private async isNewer(): Promise<boolean> {
    const applied = await this.query('SELECT name FROM migrations');
    return applied.some(({ name }) => !MIGRATION_NAMES.includes(String(name)));
  }

  private async load({ tables }: Manifest, file: string): Promise<void> {
    const shapes = new Map<string, TableShape>();
    for (const shape of await readShapes(this, tables)) shapes.set(shape.name, shape);
    let head: TableHead | undefined;
    for await (const batch of rowsOf(file)) {
      const shape = shapes.get(batch.head.table);
      if (shape === undefined) throw new Error(`Nothing makes the table ${batch.head.table}`);
      if (head !== batch.head) await this.number(batch.head);
      head = batch.head;
      await this.insert(batch, shape);
    }
  }

  private async insert({ head, rows }: TableRows, { booleans }: TableShape): Promise<void> {
    if (rows.length === 0) return;
    const columns = head.columns.map(quoted).join(', ');
    const numbered = this.dialect === 'postgres' ? ' OVERRIDING SYSTEM VALUE' : '';
    const place = (index: number): string => (this.dialect === 'sqlite' ? '?' : `$${index + 1}`);
    const width = head.columns.length;
    const places = rows.map(
      (_, row) => `(${head.columns.map((__, index) => place(row * width + index)).join(', ')})`,
    );
    const values = rows.flatMap((row) =>
      row.map((value, index) =>
        booleans.has(head.columns[index] ?? '') && value !== null ? Number(value) : value,
      ),
    );
    await this.query(
      `INSERT INTO ${quoted(head.table)} (${columns})${numbered} VALUES ${places.join(', ')}`,
      values,
    );
  }

  private async number({ table, identity }: TableHead): Promise<void> {
    if (identity === undefined) return;
    for (const sql of numberFrom(this.dialect, table, identity.column, identity.last)) {
      await this.query(sql);
    }
  }
}

function newer({ product }: Manifest): ConfigError {
  return new ConfigError([
    `the backup was written by the newer version ${product}; install that version to restore it`,
  ]);
}

function notEmpty(): AppError {
  return new AppError(
    'conflict',
    'database_not_empty',
    'The database is not empty; add --force to replace everything in it.',
  );
}

function inUse(sessions: readonly string[]): AppError {
  return new AppError(
    'conflict',
    'database_in_use',
    `A server works on the database (sessions ${[...new Set(sessions)].join(', ')}); stop every server first.`,
  );
}
