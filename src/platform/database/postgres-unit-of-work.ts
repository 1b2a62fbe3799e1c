import type { DataSource, QueryRunner } from 'typeorm';
import { isSerializationFailure } from './database-errors.js';
import { PromptClient, UNIT_LIMIT_MS } from './postgres-client.js';
import type { UnitObserver } from './unit-observer.js';
import { Tx, UnitOfWork } from './unit-of-work.js';

const ATTEMPTS = 4;

/**
 * Units of work on PostgreSQL: one pooled connection each, tried again when the database asks. On
 * a pool with limits a unit has one of its own: its connection is cut when the time is over.
 */
export class PostgresUnitOfWork extends UnitOfWork {
  constructor(
    private readonly dataSource: DataSource,
    private readonly observer: UnitObserver,
  ) {
    super();
  }

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    let leftMs = UNIT_LIMIT_MS;
    for (let attempt = 1; ; attempt++) {
      const sinceMs = performance.now();
      try {
        return await this.runOnce(work, leftMs);
      } catch (error) {
        if (attempt >= ATTEMPTS || !isSerializationFailure(error)) throw error;
        leftMs -= performance.now() - sinceMs;
      }
    }
  }

  private async runOnce<T>(work: (tx: Tx) => Promise<T>, limitMs: number): Promise<T> {
    const sinceMs = performance.now();
    const runner = this.dataSource.createQueryRunner();
    const cut = cutAfter(await runner.connect(), limitMs);
    try {
      const tx = new Tx(runner.manager);
      const value = await runner.manager.transaction(() => this.observed(work, tx, sinceMs));
      tx.committed();
      return value;
    } finally {
      clearTimeout(cut);
      await release(runner);
    }
  }

  private async observed<T>(work: (tx: Tx) => Promise<T>, tx: Tx, sinceMs: number): Promise<T> {
    const beganMs = performance.now();
    let outcome: 'done' | 'failed' = 'failed';
    try {
      const value = await work(tx);
      outcome = 'done';
      return value;
    } finally {
      this.observer.ended(outcome, beganMs - sinceMs, performance.now() - beganMs);
    }
  }
}

/** A connection without limits takes as long as it takes. */
function cutAfter(connection: unknown, limitMs: number): NodeJS.Timeout | undefined {
  if (!(connection instanceof PromptClient)) return undefined;
  return setTimeout(() => connection.cut(), Math.max(limitMs, 0));
}

async function release(runner: QueryRunner): Promise<void> {
  if (!runner.isReleased) await runner.release();
}
