import type { StorageWatch } from './storage-watch.js';
import type { Reader, UnitOfWork } from './unit-of-work.js';

/** Whether the database can be read and written, for the readiness of the process. */
export class StorageCheck {
  private trying: Promise<unknown> | undefined;

  /** @param watch of the files of SQLite; PostgreSQL looks after its own */
  constructor(
    private readonly reader: Reader,
    private readonly units: UnitOfWork,
    private readonly watch: StorageWatch | undefined,
  ) {}

  /** Says `ok`, or in a few words what is wrong; rejects when the database cannot be read. */
  async run(): Promise<string> {
    const loss = this.watch?.loss();
    if (loss !== undefined) return loss;
    await this.reader.manager.query('SELECT oldest_program FROM schema_info');
    if (this.watch?.unwritable() !== undefined) await this.tryAgain(this.watch);
    return this.watch?.loss() ?? this.watch?.unwritable() ?? 'ok';
  }

  /** Tries to write, after a write has failed only: an idle server writes nothing. */
  private async tryAgain(watch: StorageWatch): Promise<void> {
    this.trying ??= this.write(watch)
      .then(() => watch.healed())
      // It may tell better than what failed before why: whose file system gave up has a disk that
      // fails for SQLite, and a read-only one for whoever makes a file.
      .catch((error: unknown) => watch.notWritten(error))
      .finally(() => (this.trying = undefined));
    await this.trying;
  }

  private async write(watch: StorageWatch): Promise<void> {
    await watch.proveRoom();
    await this.units.run((tx) =>
      tx.manager.query('UPDATE schema_info SET oldest_program = oldest_program'),
    );
  }
}
