/** The database of a server under test, looked at over a connection of the test's own. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import pg from 'pg';
import type { TestServer } from './server.js';

type Row = Record<string, unknown>;

/** Written by whoever is turned away as well: what was refused, and how often. */
const BOOKKEEPING = /^(audit_|rate_|sqlite_)/;
/** Written by the use of a credential. */
const LAST_USE = /^last_used_at$/;

export abstract class ServerRows {
  static async of({
    databaseUrl,
    databaseFile,
  }: Pick<TestServer, 'databaseUrl' | 'databaseFile'>): Promise<ServerRows> {
    return databaseUrl === undefined
      ? new SqliteRows(databaseFile)
      : PostgresRows.open(databaseUrl);
  }

  abstract query(sql: string): Promise<Row[]>;

  abstract insert(table: string, row: Row): Promise<void>;

  abstract close(): Promise<void>;

  /** Every table, those first that others refer to. */
  abstract tables(): Promise<string[]>;

  abstract columns(table: string): Promise<string[]>;

  /** Every row that says what is wanted or was observed, as text. */
  async dump(): Promise<Set<string>> {
    const rows = new Set<string>();
    for (const table of await this.tables()) {
      if (BOOKKEEPING.test(table)) continue;
      for (const row of await this.query(`SELECT * FROM ${table}`)) {
        const kept = Object.entries(row).filter(([column]) => !LAST_USE.test(column));
        rows.add(`${table} ${JSON.stringify(Object.fromEntries(kept))}`);
      }
    }
    return rows;
  }
}

/** What is in one of two dumps alone. */
export function changesBetween(before: Set<string>, after: Set<string>): string[] {
  const gone = [...before].filter((row) => !after.has(row)).map((row) => `- ${row}`);
  const come = [...after].filter((row) => !before.has(row)).map((row) => `+ ${row}`);
  return [...gone, ...come];
}

class SqliteRows extends ServerRows {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    super();
    this.database = new DatabaseSync(file, { timeout: 5_000 });
  }

  override async query(sql: string): Promise<Row[]> {
    return this.database.prepare(sql).all();
  }

  override async insert(table: string, row: Row): Promise<void> {
    const places = Object.keys(row).map(() => '?');
    const sql = `INSERT INTO ${table} (${Object.keys(row).join()}) VALUES (${places.join()})`;
    this.database.prepare(sql).run(...(Object.values(row) as SQLInputValue[]));
  }

  override async close(): Promise<void> {
    this.database.close();
  }

  override async tables(): Promise<string[]> {
    const rows = await this.query(
      `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid`,
    );
    return rows.map(({ name }) => String(name));
  }

  override async columns(table: string): Promise<string[]> {
    const rows = await this.query(`PRAGMA table_info(${table})`);
    return rows.map(({ name }) => String(name));
  }
}

class PostgresRows extends ServerRows {
  private constructor(private readonly client: pg.Client) {
    super();
  }

  static async open(connectionString: string): Promise<PostgresRows> {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return new PostgresRows(client);
  }

  override async query(sql: string): Promise<Row[]> {
    return (await this.client.query<Row>(sql)).rows;
  }

  override async insert(table: string, row: Row): Promise<void> {
    const places = Object.keys(row).map((_, index) => `$${index + 1}`);
    const columns = Object.keys(row).join();
    await this.client.query(
      `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE VALUES (${places.join()})`,
      Object.values(row),
    );
  }

  override async close(): Promise<void> {
    await this.client.end();
  }

  override async tables(): Promise<string[]> {
    const rows = await this.query(
      `SELECT relname FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY oid`,
    );
    return rows.map(({ relname }) => String(relname));
  }

  override async columns(table: string): Promise<string[]> {
    const rows = await this.query(
      `SELECT attname FROM pg_attribute
       WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped`,
    );
    return rows.map(({ attname }) => String(attname));
  }
}
