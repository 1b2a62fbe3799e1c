import type { DatabaseConfig } from '../../config/database.config.js';
import {
  closeDataSources,
  createDataSources,
  openDataSources,
  poolOf,
  type DataSources,
  type Entities,
} from './data-sources.js';
import { FolderLock } from './folder-lock.js';
import { migrate } from './migrator.js';
import { PostgresUnitOfWork } from './postgres-unit-of-work.js';
import { SqliteUnitOfWork } from './sqlite-unit-of-work.js';
import { openSnapshot, quoted } from './snapshot.js';
import { UnitObserver } from './unit-observer.js';
import { Reader, type UnitOfWork } from './unit-of-work.js';

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

  get dialect(): 'sqlite' | 'postgres' {
    return this.sources.dialect;
  }

  /** Asks the database for anything; rejects when it is away. */
  async check(): Promise<void> {
    await this.reader.manager.query('SELECT 1');
  }

  /** Rows by table, counted on a connection of their own. */
  async countRows(): Promise<Map<string, number>> {
    const snapshot = await openSnapshot(this.config);
    try {
      const counts = new Map<string, number>();
      for (const { tableName } of this.sources.reader.entityMetadatas) {
        const [row] = await snapshot.query(`SELECT COUNT(*) AS count FROM ${quoted(tableName)}`);
        counts.set(tableName, Number(row?.['count']));
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
