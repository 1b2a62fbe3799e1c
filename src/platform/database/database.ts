import { existsSync } from 'node:fs';
import { ConfigError } from '../../config/config-error.js';
import type { DatabaseConfig } from '../../config/database.config.js';
import {
  closeDataSources,
  createDataSources,
  openDataSources,
  poolOf,
  sqliteFile,
  type DataSources,
  type Entities,
} from './data-sources.js';
import { FolderLock } from './folder-lock.js';
import { migrate, refuseOtherSchema } from './migrator.js';
import { PostgresUnitOfWork } from './postgres-unit-of-work.js';
import { SqliteUnitOfWork } from './sqlite-unit-of-work.js';
import { openSnapshot, quoted } from './snapshot.js';
import { UnitObserver } from './unit-observer.js';
import { Reader, type UnitOfWork } from './unit-of-work.js';

/** Whoever works beside a busy server waits longer for its turn than the server does. */
const BESIDE_BUSY_TIMEOUT_MS = 60_000;

/** An open, migrated database. */
export class Database {
  private constructor(
    private readonly config: DatabaseConfig,
    private readonly sources: DataSources,
    private readonly lock: FolderLock | undefined,
    readonly units: UnitOfWork,
    readonly reader: Reader,
    /** The migrations that opening it applied. */
    readonly migrated: readonly string[],
  ) {}

  /**
   * Claims the data folder (SQLite), opens the database and migrates it.
   *
   * @throws ConfigError when another server has the folder, or the schema is too new
   */
  static async open(
    config: DatabaseConfig,
    entities: Entities,
    observer = new UnitObserver(),
  ): Promise<Database> {
    const lock = config.url === undefined ? await FolderLock.claim(config.dataDir) : undefined;
    const sources = createDataSources(config, entities);
    try {
      await openDataSources(sources);
      const migrated = await migrate(sources, config.url);
      const units = unitsOn(sources, observer);
      const reader = new Reader(sources.reader.manager);
      return new Database(config, sources, lock, units, reader, migrated);
    } catch (error) {
      await closeDataSources(sources);
      await lock?.release();
      throw error;
    }
  }

  /**
   * Opens the database beside a server that may be running: claims nothing, migrates nothing.
   *
   * @throws ConfigError when there is none, or when its schema is not that of this program
   */
  static async attach(config: DatabaseConfig, entities: Entities): Promise<Database> {
    refuseMissing(config);
    const sources = createDataSources(config, entities, BESIDE_BUSY_TIMEOUT_MS);
    try {
      await openDataSources(sources);
      await refuseOtherSchema(sources.reader);
      const units = unitsOn(sources, new UnitObserver());
      return new Database(
        config,
        sources,
        undefined,
        units,
        new Reader(sources.reader.manager),
        [],
      );
    } catch (error) {
      await closeDataSources(sources);
      throw error;
    }
  }

  get dialect(): 'sqlite' | 'postgres' {
    return this.sources.dialect;
  }

  /** Asks the database for anything; rejects when it is away. */
  async check(): Promise<void> {
    await this.reader.manager.query('SELECT 1');
  }

  /** The names of the tables that hold rows of the product. */
  get tables(): string[] {
    return this.sources.reader.entityMetadatas.map(({ tableName }) => tableName);
  }

  /** Rows by table, counted on a connection of their own. */
  async countRows(): Promise<Map<string, number>> {
    const snapshot = await openSnapshot(this.config);
    try {
      const counts = new Map<string, number>();
      for (const table of this.tables) {
        const [row] = await snapshot.query(`SELECT COUNT(*) AS count FROM ${quoted(table)}`);
        counts.set(table, Number(row?.['count']));
      }
      return counts;
    } finally {
      await snapshot.close();
    }
  }

  /** Connections to PostgreSQL by what they do; nothing on SQLite, which has one for each use. */
  pool(): Readonly<Record<string, number>> {
    return poolOf(this.sources);
  }

  async close(): Promise<void> {
    await closeDataSources(this.sources);
    await this.lock?.release();
  }
}

function unitsOn({ dialect, writer }: DataSources, observer: UnitObserver): UnitOfWork {
  return dialect === 'sqlite'
    ? new SqliteUnitOfWork(writer, observer)
    : new PostgresUnitOfWork(writer, observer);
}

function refuseMissing(config: DatabaseConfig): void {
  if (config.url !== undefined || existsSync(sqliteFile(config))) return;
  throw new ConfigError([
    `NEXUS_DATA_DIR ${config.dataDir} holds no database; set it, or DATABASE_URL, as for the server, or make a database with: nexus-admin migrate`,
  ]);
}
