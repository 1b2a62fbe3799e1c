import type { DatabaseConfig } from '../../config/database.config.js';
import {
  closeDataSources,
  createDataSources,
  openDataSources,
  type DataSources,
  type Entities,
} from './data-sources.js';
import { FolderLock } from './folder-lock.js';
import { migrate } from './migrator.js';
import { PostgresUnitOfWork } from './postgres-unit-of-work.js';
import { SqliteUnitOfWork } from './sqlite-unit-of-work.js';
import { Reader, type UnitOfWork } from './unit-of-work.js';

/** An open, migrated database. */
export class Database {
  private constructor(
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
  static async open(config: DatabaseConfig, entities: Entities): Promise<Database> {
    const lock = config.url === undefined ? await FolderLock.claim(config.dataDir) : undefined;
    const sources = createDataSources(config, entities);
    try {
      await openDataSources(sources);
      const migrated = await migrate(sources, config.url);
      const { dialect, writer, reader } = sources;
      const units =
        dialect === 'sqlite' ? new SqliteUnitOfWork(writer) : new PostgresUnitOfWork(writer);
      return new Database(sources, lock, units, new Reader(reader.manager), migrated);
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

  async close(): Promise<void> {
    await closeDataSources(this.sources);
    await this.lock?.release();
  }
}
