import type { Pool } from 'pg';
import type { Database as SqliteConnection, Statement } from 'sqlite3';
import type { ObjectLiteral } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { SqliteDriver } from 'typeorm/driver/sqlite/SqliteDriver.js';
import type { DataSources } from './data-sources.js';
import { finished, type HotQuery, type HotValue } from './hot-query.js';
import { type Commits, type Freshness, RowMemory } from './row-memory.js';

type RawRow = Record<string, unknown>;

/**
 * Answers hot queries on the driver itself, with prepared statements; on SQLite out of memory where
 * nothing was written since.
 */
export class HotReads {
  private readonly statements = new Map<string, Promise<Statement>>();
  private readonly memory: RowMemory | undefined;

  /** @param failed is told of every statement that fails */
  constructor(
    private readonly sources: DataSources,
    commits: Commits,
    private readonly failed: (error: unknown) => void,
  ) {
    if (sources.dialect === 'sqlite') this.memory = new RowMemory(commits);
  }

  /** Lets rows be remembered as long as the writes of other processes would be noticed. */
  trust(freshness: Freshness): void {
    this.memory?.trust(freshness);
  }

  /** The rows of a query; nobody may change them. */
  async all<E extends ObjectLiteral>(
    query: HotQuery<E>,
    values: readonly HotValue[],
  ): Promise<readonly E[]> {
    const read = (): Promise<readonly E[]> => this.read(query, values);
    return this.memory === undefined ? read() : this.memory.rows(query, values, read);
  }

  /** Gives the statements back; the connection cannot be closed before. */
  async close(): Promise<void> {
    const prepared = await Promise.allSettled(this.statements.values());
    this.statements.clear();
    for (const one of prepared) {
      if (one.status === 'fulfilled') await finalize(one.value);
    }
  }

  private async read<E extends ObjectLiteral>(
    query: HotQuery<E>,
    values: readonly HotValue[],
  ): Promise<readonly E[]> {
    const prepared = query.on(this.sources.reader);
    try {
      const rows =
        this.sources.dialect === 'sqlite'
          ? await this.askSqlite(prepared.sql, values)
          : await this.askPostgres(query.name, prepared.sql, values);
      return finished(rows, prepared) as readonly E[];
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }

  private async askSqlite(sql: string, values: readonly HotValue[]): Promise<RawRow[]> {
    const statement = await this.statement(sql);
    return new Promise((resolve, reject) => {
      // Not `get`: it leaves the statement open, and with it a snapshot that grows old.
      statement.all<RawRow>([...values], (error: Error | null, rows: RawRow[]) => {
        if (error === null) resolve(rows);
        else reject(error);
      });
    });
  }

  /** Prepares it once; what could not be prepared is tried again the next time. */
  private statement(sql: string): Promise<Statement> {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const { databaseConnection } = this.sources.reader.driver as SqliteDriver;
    const made = prepare(databaseConnection as SqliteConnection, sql);
    this.statements.set(sql, made);
    made.catch(() => this.statements.delete(sql));
    return made;
  }

  private async askPostgres(
    name: string,
    text: string,
    values: readonly HotValue[],
  ): Promise<RawRow[]> {
    const pool = (this.sources.reader.driver as PostgresDriver).master as Pool;
    return (await pool.query<RawRow>({ name, text, values: [...values] })).rows;
  }
}

function prepare(connection: SqliteConnection, sql: string): Promise<Statement> {
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
