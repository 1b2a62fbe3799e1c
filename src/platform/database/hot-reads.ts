import type { ObjectLiteral } from 'typeorm';
import { AnswerMemory } from './answer-memory.js';
import type { DataSources } from './data-sources.js';
import {
  finished,
  type HotQuery,
  type HotValue,
  type Preparable,
  type RawRow,
} from './hot-query.js';
import { PostgresQuestions } from './postgres-questions.js';
import { type Commits, type Freshness, RowMemory } from './row-memory.js';
import { SqliteStatements } from './sqlite-statements.js';

/** Asks the driver itself, with prepared statements. */
interface HotDriver {
  rows(query: Preparable, values: readonly HotValue[]): Promise<RawRow[]>;
  close(): Promise<void>;
}

/**
 * Answers hot queries past the ORM: on SQLite out of memory where nothing was written since, on
 * PostgreSQL together with what others ask at the same time.
 */
export class HotReads {
  private readonly driver: HotDriver;
  private readonly memory: RowMemory | undefined;
  private readonly answers: AnswerMemory | undefined;

  /** @param failed is told of every statement that fails */
  constructor(
    private readonly sources: DataSources,
    commits: Commits,
    private readonly failed: (error: unknown) => void,
  ) {
    const isSqlite = sources.dialect === 'sqlite';
    this.driver = new (isSqlite ? SqliteStatements : PostgresQuestions)(sources.reader);
    this.memory = isSqlite ? new RowMemory(commits) : undefined;
    this.answers = isSqlite ? new AnswerMemory(commits) : undefined;
  }

  /** Lets rows be remembered as long as the writes of other processes would be noticed. */
  trust(freshness: Freshness): void {
    this.memory?.trust(freshness);
    this.answers?.trust(freshness);
  }

  /** The rows of a query; nobody may change them. */
  all<E extends ObjectLiteral>(
    query: HotQuery<E>,
    values: readonly HotValue[],
  ): Promise<readonly E[]> {
    if (this.memory === undefined) return this.read(query, values);
    return this.memory.rows(query, values, () => this.read(query, values));
  }

  /** What `make` gives, which rests on rows alone; see `AnswerMemory.of`. */
  answer<A>(asker: object, question: string, make: () => Promise<A>): A | Promise<A> {
    return this.answers === undefined ? make() : this.answers.of(asker, question, make);
  }

  /** The connections cannot be closed before. */
  close(): Promise<void> {
    return this.driver.close();
  }

  private async read<E extends ObjectLiteral>(
    query: HotQuery<E>,
    values: readonly HotValue[],
  ): Promise<readonly E[]> {
    try {
      const rows = await this.driver.rows(query, values);
      return finished(rows, query.on(this.sources.reader)) as readonly E[];
    } catch (error) {
      this.failed(error);
      throw error;
    }
  }
}
