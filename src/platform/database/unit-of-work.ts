import type { EntityManager, ObjectLiteral } from 'typeorm';
import { finished, type HotQuery, type HotValue } from './hot-query.js';
import type { HotReads } from './hot-reads.js';

/**
 * One transaction. Services hand it on; only repositories look inside. Everything that a decision
 * rests on is read through it.
 */
export class Tx {
  private readonly callbacks: (() => void)[] = [];

  constructor(readonly manager: EntityManager) {}

  /** The rows of a hot query, as this transaction sees them; nobody may change them. */
  async all<E extends ObjectLiteral>(
    query: HotQuery<E>,
    values: readonly HotValue[],
  ): Promise<readonly E[]> {
    const prepared = query.on(this.manager.connection);
    const rows = await this.manager.query<Record<string, unknown>[]>(prepared.sql, [...values]);
    return finished(rows, prepared) as readonly E[];
  }

  /** Runs `callback` once the transaction is committed; never after a rollback. */
  afterCommit(callback: () => void): void {
    this.callbacks.push(callback);
  }

  /** For the unit of work alone. What is committed stands, so a callback that throws stops none. */
  committed(): void {
    for (const callback of this.callbacks) {
      try {
        callback();
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}

/** The only way to write: every change happens inside a unit that commits or vanishes whole. */
export abstract class UnitOfWork {
  /**
   * Runs `work` in a transaction and returns what it returns, after the commit. Units are short
   * and do no network calls. On PostgreSQL a unit may run again after a serialization failure or
   * a deadlock, so it has no effect outside `tx` before the commit.
   *
   * @throws whatever `work` throws, after the rollback
   */
  abstract run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

/** Reads outside a transaction: always the last committed state, never waits for a writer. */
export class Reader {
  constructor(
    readonly manager: EntityManager,
    private readonly hot: HotReads,
  ) {}

  /** The rows of a hot query; nobody may change them. */
  all<E extends ObjectLiteral>(
    query: HotQuery<E>,
    values: readonly HotValue[],
  ): Promise<readonly E[]> {
    return this.hot.all(query, values);
  }

  /**
   * What `make` gives, or on SQLite gave to the same asker for the same question since the last commit.
   *
   * @param asker the same object for the same rights
   * @param make reads rows and nothing else
   */
  answer<A>(asker: object, question: string, make: () => Promise<A>): A | Promise<A> {
    return this.hot.answer(asker, question, make);
  }
}

/** Where a repository reads from. */
export type Source = Reader | Tx;
