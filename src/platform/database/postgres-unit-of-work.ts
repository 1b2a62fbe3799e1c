import type { DataSource } from 'typeorm';
import { isSerializationFailure } from './database-errors.js';
import { Tx, UnitOfWork } from './unit-of-work.js';

const ATTEMPTS = 4;

/** Units of work on PostgreSQL: one pooled connection each, tried again when the database asks. */
export class PostgresUnitOfWork extends UnitOfWork {
  constructor(private readonly dataSource: DataSource) {
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
    const value = await this.dataSource.transaction((manager) => {
      tx = new Tx(manager);
      return work(tx);
    });
    tx?.committed();
    return value;
  }
}
