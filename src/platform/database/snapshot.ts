import pg from 'pg';
import sqlite3 from 'sqlite3';
import type { DatabaseConfig } from '../../config/database.config.js';
import { sqliteFile } from './data-sources.js';

// Reads that see one state of the database from their begin to their end, on a connection of their
// own: nobody else waits for them, however long they take.

export type Row = Readonly<Record<string, unknown>>;

/** One state of the database. Whoever opened it closes it. */
export interface Snapshot {
  readonly dialect: 'sqlite' | 'postgres';
  query(sql: string): Promise<Row[]>;
  /** All rows of a table, some at a time, so that they never are in memory together. */
  batches(table: string): AsyncIterable<Row[]>;
  close(): Promise<void>;
}

const ROWS_AT_ONCE = 100;
const CONNECT_TIMEOUT_MS = 5_000;

/** Opens a snapshot of the database as it is now. */
export async function openSnapshot(config: DatabaseConfig): Promise<Snapshot> {
  return config.url === undefined
    ? SqliteSnapshot.open(sqliteFile(config))
    : PostgresSnapshot.open(config.url);
}

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

class SqliteSnapshot implements Snapshot {
  readonly dialect = 'sqlite';

  private constructor(private readonly handle: sqlite3.Database) {}

  static async open(file: string): Promise<SqliteSnapshot> {
    const handle = await new Promise<sqlite3.Database>((resolve, reject) => {
      const made = new sqlite3.Database(file, sqlite3.OPEN_READWRITE, (error) =>
        error ? reject(error) : resolve(made),
      );
    });
    handle.configure('busyTimeout', CONNECT_TIMEOUT_MS);
    const snapshot = new SqliteSnapshot(handle);
    await snapshot.query('PRAGMA query_only = ON');
    await snapshot.query('BEGIN');
    // The state is that of the first read.
    await snapshot.query('SELECT COUNT(*) FROM sqlite_master');
    return snapshot;
  }

  query(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.handle.all<Row>(sql, parameters, (error, rows) =>
        error ? reject(error) : resolve(rows),
      );
    });
  }

  async *batches(table: string): AsyncIterable<Row[]> {
    const sql = `SELECT rowid AS "#", * FROM ${quoted(table)} WHERE rowid > ? ORDER BY rowid LIMIT ?`;
    let last: unknown = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const rows = await this.query(sql, [last, ROWS_AT_ONCE]);
      if (rows.length > 0) yield rows;
      if (rows.length < ROWS_AT_ONCE) return;
      last = rows.at(-1)?.['#'];
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.handle.close(() => resolve());
    });
  }
}

class PostgresSnapshot implements Snapshot {
  readonly dialect = 'postgres';

  private constructor(private readonly client: pg.Client) {}

  static async open(url: string): Promise<PostgresSnapshot> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'nexus-snapshot',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    // A session that dies fails the statement under way by itself.
    client.on('error', () => undefined);
    await client.connect();
    const snapshot = new PostgresSnapshot(client);
    await snapshot.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // The state is that of the first read.
    await snapshot.query('SELECT 1');
    return snapshot;
  }

  async query(sql: string): Promise<Row[]> {
    return (await this.client.query<Record<string, unknown>>(sql)).rows;
  }

  async *batches(table: string): AsyncIterable<Row[]> {
    await this.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT * FROM ${quoted(table)}`);
    for (;;) {
      const rows = await this.query(`FETCH ${ROWS_AT_ONCE} FROM rows`);
      if (rows.length > 0) yield rows;
      if (rows.length < ROWS_AT_ONCE) break;
    }
    await this.query('CLOSE rows');
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}
