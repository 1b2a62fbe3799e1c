import type { DataSource } from 'typeorm';
import { isSerializationFailure } from './database-errors.js';
import type { UnitObserver } from './unit-observer.js';
import { Tx, UnitOfWork } from './unit-of-work.js';

const ATTEMPTS = 4;

/** Units of work on PostgreSQL: one pooled connection each, tried again when the database asks. */
export class PostgresUnitOfWork extends UnitOfWork {
  constructor(
    private readonly dataSource: DataSource,
    private readonly observer: UnitObserver,
  ) {
    super();
  }

  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.runOnce(work);
      } catch (error) {
        if (attempt >= ATTEMPTS || !isSerializationFailure(error)) throw error;
      }
    }
  }

  private async runOnce<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    let tx: Tx | undefined;
    const sinceMs = performance.now();
    const value = await this.dataSource.transaction((manager) => {
      tx = new Tx(manager);
      return this.observed(work, tx, sinceMs);
    });
    tx?.committed();
    return value;
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
