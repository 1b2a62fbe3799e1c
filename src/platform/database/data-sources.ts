import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Pool } from 'pg';
import { DataSource, type EntitySchema, type MixedList } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { DatabaseConfig } from '../../config/database.config.js';
import { MIGRATIONS } from './migrations/migrations.js';

// Two names for one database. On SQLite they are two connections on one WAL file, because a
// write made beside an open transaction on the same connection would join it; on PostgreSQL both
// are one pool.

export type Entities = MixedList<Function | string | EntitySchema>;

export interface DataSources {
  readonly dialect: 'sqlite' | 'postgres';
  readonly writer: DataSource;
  readonly reader: DataSource;
}

/** How long a server's statement waits for another process's write lock. */
const BUSY_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The file of the embedded database. */
export function sqliteFile(config: DatabaseConfig): string {
  return path.join(config.dataDir, 'nexus.db');
}

/** Makes the data sources; nothing is opened yet. */
export function createDataSources(
  config: DatabaseConfig,
  entities: Entities,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
): DataSources {
  const common = {
    entities,
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
    synchronize: false,
    logging: false,
  } as const;
  if (config.url !== undefined) {
    const pool = new DataSource({
      ...common,
      type: 'postgres',
      url: config.url,
      poolSize: config.poolSize,
      applicationName: 'nexus',
      extra: { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true },
    });
    return { dialect: 'postgres', writer: pool, reader: pool };
  }
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const sqlite = () =>
    new DataSource({
      ...common,
      type: 'sqlite',
      database: sqliteFile(config),
      enableWAL: true,
      busyTimeout: busyTimeoutMs,
    });
  return { dialect: 'sqlite', writer: sqlite(), reader: sqlite() };
}

/** Opens both; the reader refuses to write. */
export async function openDataSources({ dialect, writer, reader }: DataSources): Promise<void> {
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
