import { existsSync } from 'node:fs';
import { ConfigError } from '../../config/config-error.js';
import type { DatabaseConfig } from '../../config/database.config.js';
import {
  closeDataSources,
  createDataSources,
  SERVING,
  UNHURRIED,
  openDataSources,
  poolOf,
  sqliteFile,
  type DataSources,
  type Entities,
  type Patience,
} from './data-sources.js';
import { FolderLock } from './folder-lock.js';
import { HotReads } from './hot-reads.js';
import { type Announce, migrate, refuseOtherSchema } from './migrator.js';
import { PostgresUnitOfWork } from './postgres-unit-of-work.js';
import { Commits, type Freshness } from './row-memory.js';
import { SqliteUnitOfWork } from './sqlite-unit-of-work.js';
import { openSnapshot, quoted } from './snapshot.js';
import { refuseDamaged } from './sqlite-file.js';
import { StorageWatch } from './storage-watch.js';
import { StorageCheck } from './storage-check.js';
import { refuseUnwritable } from './unwritable-folder.js';
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
    private readonly storage: StorageCheck,
    private readonly hot: HotReads,
    /** The migrations that opening it applied. */
    readonly migrated: readonly string[],
  ) {}

  /**
   * Claims the data folder (SQLite), opens the database and migrates it. To a server everything
   * that it waits for has a limit; migrations have none.
   *
   * @param announce is told of the migrations before they begin
   * @throws ConfigError when another server has the folder, it cannot be written, the file is
   *   damaged, or the schema is too new
   */
  static async open(
    config: DatabaseConfig,
    entities: Entities,
    observer = new UnitObserver(),
    announce?: Announce,
  ): Promise<Database> {
    if (config.url === undefined) return refuseUnwritable(config.dataDir, () => open());
    return open();

    async function open(): Promise<Database> {
      const lock = config.url === undefined ? await FolderLock.claim(config.dataDir) : undefined;
      try {
        if (config.url === undefined) await refuseDamaged(sqliteFile(config));
        const migrated = await migrateUnhurried(config, entities, announce);
        return await Database.on(config, entities, SERVING, { observer, lock, migrated });
      } catch (error) {
        await lock?.release();
        throw error;
      }
    }
  }

  /**
   * Opens the database beside a server that may be running: claims nothing, migrates nothing.
   *
   * @throws ConfigError when there is none, or when its schema is not that of this program
   */
  static async attach(config: DatabaseConfig, entities: Entities): Promise<Database> {
    refuseMissing(config);
    const observer = new UnitObserver();
    return Database.on(config, entities, UNHURRIED, { observer, refuse: refuseOtherSchema });
  }

  private static async on(
    config: DatabaseConfig,
    entities: Entities,
    patience: Patience,
    { observer, lock, migrated = [], refuse }: Opening,
  ): Promise<Database> {
    let watch: StorageWatch | undefined;
    const sources = createDataSources(config, entities, patience, (error) => watch?.failed(error));
    try {
      await openDataSources(sources);
      await refuse?.(sources.reader);
      if (sources.dialect === 'sqlite') watch = new StorageWatch(sqliteFile(config));
      const commits = new Commits();
      const units =
        watch === undefined
          ? new PostgresUnitOfWork(sources.writer, observer)
          : new SqliteUnitOfWork(sources.writer, observer, watch, commits);
      const hot = new HotReads(sources, commits, (error) => watch?.failed(error));
      const reader = new Reader(sources.reader.manager, hot);
      const storage = new StorageCheck(reader, units, watch);
      return new Database(config, sources, lock, units, reader, storage, hot, migrated);
    } catch (error) {
      await closeDataSources(sources);
      throw error;
    }
  }

  /** Lets rows be remembered as long as the writes of other processes would be noticed; SQLite. */
  trust(freshness: Freshness): void {
    this.hot.trust(freshness);
  }

  get dialect(): 'sqlite' | 'postgres' {
    return this.sources.dialect;
  }

  /** Says `ok`, or in a few words why it cannot be read or written; rejects when it is away. */
  async check(): Promise<string> {
    return this.storage.run();
  }

  /** A number that changes with the commit of another process, never with one of ours; SQLite. */
  async foreignVersion(): Promise<number> {
    const rows = await this.sources.writer.query<{ data_version: number }[]>('PRAGMA data_version');
    return rows[0]?.data_version ?? 0;
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
    await this.hot.close();
    await closeDataSources(this.sources);
    await this.lock?.release();
  }
}

/** What comes with an open database. */
interface Opening {
  observer: UnitObserver;
  lock?: FolderLock | undefined;
  migrated?: readonly string[];
  /** Throws when the database is not to be used. */
  refuse?: (reader: DataSources['reader']) => Promise<void>;
}

async function migrateUnhurried(
  config: DatabaseConfig,
  entities: Entities,
  announce: Announce | undefined,
): Promise<string[]> {
  const sources = createDataSources(config, entities, UNHURRIED);
  try {
    await openDataSources(sources);
    return await migrate(sources, announce);
  } finally {
    await closeDataSources(sources);
  }
}

function refuseMissing(config: DatabaseConfig): void {
  if (config.url !== undefined || existsSync(sqliteFile(config))) return;
  throw new ConfigError([
    `NEXUS_DATA_DIR ${config.dataDir} holds no database; set it, or DATABASE_URL, as for the server, or make a database with: nexus-admin migrate`,
  ]);
}
