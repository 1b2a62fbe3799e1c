import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { driverCode } from './database-errors.js';
import { isCutShort, walOf } from './sqlite-file.js';
import { StorageLost } from './storage-lost.js';

// SQLite writes into an open file whatever becomes of its name, and tells of damage only to whoever
// reads the damaged page. So the server looks at the file itself, around every commit.

/** What a few requests write. */
const ROOM_BYTES = 256 * 1024;

const DAMAGE = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);
const DAMAGED = 'the database file is damaged';

const FULL = 'the disk is full';
const READ_ONLY = 'the data folder is read-only';
const FAILING = 'the disk fails';

/** By what SQLite and the file system say. */
const UNWRITABLE: Readonly<Record<string, string>> = {
  SQLITE_FULL: FULL,
  ENOSPC: FULL,
  EDQUOT: FULL,
  SQLITE_READONLY: READ_ONLY,
  EROFS: READ_ONLY,
  EACCES: READ_ONLY,
  SQLITE_IOERR: FAILING,
  EIO: FAILING,
  SQLITE_BUSY: 'another process holds the database',
};

/** Knows whether the files of an open database are what they were, and how the last write went. */
export class StorageWatch {
  private damaged = false;
  private lastWrite: string | undefined;
  private readonly known: ReadonlyMap<string, Stats>;
  private size: number;

  /** @param file of a database that was written to already */
  constructor(private readonly file: string) {
    const files = [file, walOf(file)];
    this.known = new Map(files.map((one) => [one, statSync(one)]));
    this.size = this.known.get(file)?.size ?? 0;
  }

  /**
   * What makes reads and writes pointless; undefined while all is well. Two looks at the file
   * system, some microseconds.
   */
  loss(): string | undefined {
    for (const [file, { dev, ino }] of this.known) {
      const now = statSync(file, { throwIfNoEntry: false });
      if (now === undefined) return 'the database file is gone';
      if (now.dev !== dev || now.ino !== ino) return 'the database file was replaced';
      if (file === this.file) this.sized(now.size);
    }
    return this.damaged ? DAMAGED : undefined;
  }

  /** @throws StorageLost */
  assertThere(): void {
    const why = this.loss();
    if (why !== undefined) throw new StorageLost(why);
  }

  /** Why nothing can be written: what the file system says, or how a write failed lately. */
  unwritable(): string | undefined {
    try {
      accessSync(this.file, constants.W_OK);
    } catch {
      return READ_ONLY;
    }
    return this.lastWrite;
  }

  /**
   * Tries to take some room beside the database: a small write may still fit where the next one
   * does not.
   *
   * @throws Error of the file system
   */
  async proveRoom(): Promise<void> {
    const probe = `${this.file}.room`;
    try {
      await writeFile(probe, Buffer.alloc(ROOM_BYTES));
    } finally {
      await rm(probe, { force: true });
    }
  }

  /** Is told that what failed was tried again, and works. */
  healed(): void {
    this.lastWrite = undefined;
  }

  /** Is told of every statement that failed. */
  failed(error: unknown): void {
    const code = driverCode(error) ?? '';
    if (DAMAGE.has(code)) this.damaged = true;
  }

  /** Is told of every commit that failed, and of every try to take room. */
  notWritten(error: unknown): void {
    this.failed(error);
    this.lastWrite = UNWRITABLE[driverCode(error) ?? ''] ?? 'writing fails';
  }

  /** A file never shrinks by itself, but somebody may have vacuumed it: then it is still whole. */
  private sized(size: number): void {
    if (size < this.size) this.damaged ||= isCutShort(this.file);
    this.size = size;
  }
}
