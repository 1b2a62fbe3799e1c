import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, QueryRunner } from 'typeorm';
import { isStorageUnavailable } from './database-errors.js';
import type { Commits } from './row-memory.js';
import type { StorageWatch } from './storage-watch.js';
import type { UnitObserver } from './unit-observer.js';
import { Tx, UnitOfWork } from './unit-of-work.js';

interface Waiting {
  work: (tx: Tx) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  /** When it was asked for, on the monotonic clock. */
  sinceMs: number;
}

interface Finished {
  unit: Waiting;
  tx: Tx;
  value: unknown;
}

/** How many waiting units may share one commit. */
const BATCH = 64;

/**
 * Units of work on SQLite. The writer is one connection, so units are queued; those that wait
 * together share one commit, each in a savepoint of its own, because the commit is what costs.
 * A batch begins with the write lock (`BEGIN IMMEDIATE`), so that a second process can make it
 * wait but never fail half-way.
 */
export class SqliteUnitOfWork extends UnitOfWork {
  private readonly queue: Waiting[] = [];
  private draining = false;
  private readonly runner: QueryRunner;

  constructor(
    writer: DataSource,
    private readonly observer: UnitObserver,
    private readonly storage: StorageWatch,
    private readonly commits: Commits,
  ) {
    super();
    this.runner = writer.createQueryRunner();
  }

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    // Whoever drains the queue works for others, too: their request is not this one.
    const asCaller = AsyncLocalStorage.snapshot();
    return new Promise<T>((resolve, reject) => {
      this.queue.push({
        work: (tx) => asCaller(work, tx),
        resolve: resolve as (value: unknown) => void,
        reject,
        sinceMs: performance.now(),
      });
      void this.drain();
    });
  }

  private async drain(): Promise<void> {
    if (this.draining) return;
    this.draining = true;
    try {
      while (this.queue.length > 0) await this.commitBatch(this.queue.splice(0, BATCH));
    } finally {
      this.draining = false;
    }
  }

  private async commitBatch(batch: Waiting[]): Promise<void> {
    const finished: Finished[] = [];
    try {
      this.storage.assertThere();
      await this.runner.query('BEGIN IMMEDIATE');
      for (const unit of batch) {
        const done = await this.runInSavepoint(unit);
        if (done !== undefined) finished.push(done);
      }
      await this.commit(finished);
      // What went into a file that nobody will find again is not acknowledged.
      this.storage.assertThere();
    } catch (error) {
      this.storage.notWritten(error);
      await this.rollBack();
      for (const unit of batch) unit.reject(error);
      return;
    }
    for (const { unit, value } of finished) unit.resolve(value);
  }

  /** Whoever remembers rows may rely on none of them while it is under way, nor after it. */
  private async commit(finished: readonly Finished[]): Promise<void> {
    this.commits.happened();
    try {
      await this.runner.query('COMMIT');
    } finally {
      this.commits.happened();
    }
    for (const { tx } of finished) tx.committed();
  }

  /** A unit that fails is undone and rejected alone; a failing savepoint fails the batch. */
  private async runInSavepoint(unit: Waiting): Promise<Finished | undefined> {
    const tx = new Tx(this.runner.manager);
    const beganMs = performance.now();
    const ended = (outcome: 'done' | 'failed'): void =>
      this.observer.ended(outcome, beganMs - unit.sinceMs, performance.now() - beganMs);
    await this.runner.query('SAVEPOINT unit');
    try {
      const value = await unit.work(tx);
      await this.runner.query('RELEASE unit');
      ended('done');
      return { unit, tx, value };
    } catch (error) {
      ended('failed');
      await this.undo(error);
      unit.reject(error);
      return undefined;
    }
  }

  /** A storage that fails, fails the batch; SQLite may have rolled it back by itself already. */
  private async undo(cause: unknown): Promise<void> {
    if (isStorageUnavailable(cause)) throw cause;
    try {
      await this.runner.query('ROLLBACK TO unit');
      await this.runner.query('RELEASE unit');
    } catch {
      throw cause;
    }
  }

  private async rollBack(): Promise<void> {
    try {
      await this.runner.query('ROLLBACK');
    } catch {
      // SQLite has already rolled back by itself.
    }
  }
}
