/** The database of a server under test, looked at over a connection of the test's own. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { TestServer } from './server.js';

type Row = Record<string, unknown>;

/** Written by whoever is turned away as well: what was refused, and how often. */
const BOOKKEEPING = /^(audit_|rate_|sqlite_)/;
/** Written by the use of a credential. */
const LAST_USE = /^last_used_at$/;

export abstract class ServerRows {
  static async of(server: TestServer): Promise<ServerRows> {
    const { databaseUrl, databaseFile } = server;
    return databaseUrl === undefined
      ? new SqliteRows(databaseFile)
      : PostgresRows.open(databaseUrl);
  }

  abstract query(sql: string): Promise<Row[]>;

  abstract close(): Promise<void>;

  protected abstract tables(): Promise<string[]>;

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

  override async close(): Promise<void> {
    this.database.close();
  }

  protected override async tables(): Promise<string[]> {
    const rows = await this.query(`SELECT name FROM sqlite_master WHERE type = 'table'`);
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

  override async close(): Promise<void> {
    await this.client.end();
  }

  protected override async tables(): Promise<string[]> {
    const rows = await this.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
    return rows.map(({ tablename }) => String(tablename));
  }
}
