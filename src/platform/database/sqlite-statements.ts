import type { Database as Connection, Statement } from 'sqlite3';
import type { DataSource } from 'typeorm';
import type { SqliteDriver } from 'typeorm/driver/sqlite/SqliteDriver.js';
import type { HotValue, Preparable, RawRow } from './hot-query.js';

/** Statements of SQLite that are prepared once, on the connection of a data source. */
export class SqliteStatements {
  private readonly prepared = new Map<string, Promise<Statement>>();

  constructor(private readonly source: DataSource) {}

  async rows(query: Preparable, values: readonly HotValue[]): Promise<RawRow[]> {
    const statement = await this.statement(query.on(this.source).sql);
    return new Promise((resolve, reject) => {
      // Not `get`: it leaves the statement open, and with it a snapshot that grows old.
      statement.all<RawRow>([...values], (error: Error | null, rows: RawRow[]) => {
        if (error === null) resolve(rows);
        else reject(error);
      });
    });
  }

  /** Gives the statements back; the connection cannot be closed before. */
  async close(): Promise<void> {
    const prepared = await Promise.allSettled(this.prepared.values());
    this.prepared.clear();
    for (const one of prepared) {
      if (one.status === 'fulfilled') await finalize(one.value);
    }
  }

  /** Prepares it once; what could not be prepared is tried again the next time. */
  private statement(sql: string): Promise<Statement> {
    const known = this.prepared.get(sql);
    if (known !== undefined) return known;
    const { databaseConnection } = this.source.driver as SqliteDriver;
    const made = prepare(databaseConnection as Connection, sql);
    this.prepared.set(sql, made);
    made.catch(() => this.prepared.delete(sql));
    return made;
  }
}

function prepare(connection: Connection, sql: string): Promise<Statement> {
  return new Promise((resolve, reject) => {
    const statement = connection.prepare(sql, (error: Error | null) => {
      if (error === null) resolve(statement);
      else reject(error);
    });
  });
}

function finalize(statement: Statement): Promise<void> {
  return new Promise((resolve) => void statement.finalize(() => resolve()));
}
