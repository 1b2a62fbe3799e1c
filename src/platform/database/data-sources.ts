import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Pool } from 'pg';
import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DatabaseConfig } from '../../config/database.config.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { PROMPT_POOL } from './postgres-client.js';
import { makeSqliteFile } from './sqlite-file.js';
import { StatementLog } from './statement-log.js';

// Two names for one database. On SQLite they are two connections on one WAL file, because a
// write made beside an open transaction on the same connection would join it; on PostgreSQL both
// are one pool.

export type Entities = MixedList<Function | string | EntitySchema>;

export interface DataSources {
  readonly dialect: 'sqlite' | 'postgres';
  readonly writer: DataSource;
  readonly reader: DataSource;
}

/** How long whoever uses the database is willing to wait for it. */
export interface Patience {
  /** On SQLite: for another process's write lock, in milliseconds. */
  readonly busyTimeoutMs: number;
  /** On PostgreSQL: whether statements have time limits. */
  readonly prompt: boolean;
}

/** Of somebody who serves requests. */
export const SERVING: Patience = { busyTimeoutMs: 4_000, prompt: true };

/** Of somebody who works for as long as it takes, for example beside a busy server. */
export const UNHURRIED: Patience = { busyTimeoutMs: 60_000, prompt: false };

const CONNECT_TIMEOUT_MS = 5_000;
const UNHURRIED_POOL = { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true };

/** The file of the embedded database. */
export function sqliteFile(config: DatabaseConfig): string {
  return path.join(config.dataDir, 'nexus.db');
}

/**
 * Makes the data sources; nothing is opened yet.
 *
 * @param failed is told of every statement that fails
 */
export function createDataSources(
  config: DatabaseConfig,
  entities: Entities,
  { busyTimeoutMs, prompt }: Patience = UNHURRIED,
  failed: (error: unknown) => void = () => undefined,
): DataSources {
  const common = {
    entities,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    synchronize: false,
    logger: new StatementLog(failed),
  } as const;
  if (config.url !== undefined) {
    const pool = new DataSource({
      ...common,
      type: 'postgres',
      url: config.url,
      poolSize: config.poolSize,
      applicationName: 'nexus',
      extra: prompt ? PROMPT_POOL : UNHURRIED_POOL,
    });
    return { dialect: 'postgres', writer: pool, reader: pool };
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const sqlite = () =>
    new DataSource({
      ...common,
      type: 'sqlite',
      driver: plainSqlite(),
      database: sqliteFile(config),
      enableWAL: true,
      busyTimeout: busyTimeoutMs,
    });
  return { dialect: 'sqlite', writer: sqlite(), reader: sqlite() };
}

/**
 * The driver without its long stack traces, which the ORM turns on: they would write out every
 * argument of every statement, in case that it fails. Loaded where SQLite is used alone.
 */
function plainSqlite(): object {
  const sqlite3 = createRequire(import.meta.url)('sqlite3') as object;
  return { verbose: () => sqlite3 };
}

/** Opens both, and makes the file of SQLite when absent; the reader refuses to write. */
export async function openDataSources({ dialect, writer, reader }: DataSources): Promise<void> {
  if (dialect === 'sqlite') await makeSqliteFile(String(writer.options.database));
  await writer.initialize();
  if (dialect === 'postgres') return;
  await reader.initialize();
  await reader.query('PRAGMA query_only = ON');
}

/** Closes whatever is open. */
export async function closeDataSources({ writer, reader }: DataSources): Promise<void> {
  for (const source of new Set([reader, writer])) {
    if (source.isInitialized) await source.destroy();
  }
}

/** How many connections of the pool are in use or idle, and how many requests wait for one. */
export function poolOf({ dialect, writer }: DataSources): Readonly<Record<string, number>> {
  if (dialect === 'sqlite') return {};
  const { totalCount, idleCount, waitingCount } = (writer.driver as PostgresDriver).master as Pool;
  return { in_use: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}
