import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import sqlite3 from 'sqlite3';
import { ConfigError } from '../../config/config-error.js';

// The file of the embedded database: made whole or not at all, and looked at before it is opened,
// because SQLite takes an empty file for a new database and writes into a damaged one.

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const PAGE_SIZE_AT = 16;
const PAGE_COUNT_AT = 28;

/** A file up to this size is read through at the start; `nexus-admin check` does so at any size. */
const READ_THROUGH_BYTES = 256 * 1024 * 1024;

/** The log of what is not in the file yet. */
export function walOf(file: string): string {
  return `${file}-wal`;
}

/** Makes an empty database where there is none; whoever dies over it leaves no file of that name. */
export async function makeSqliteFile(file: string): Promise<void> {
  if (existsSync(file)) return;
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const handle = await open(draft, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE);
  try {
    await all(handle, 'PRAGMA journal_mode = WAL');
  } finally {
    await close(handle);
  }
  renameSync(draft, file);
}

/**
 * Looks at the file without changing it.
 *
 * @throws ConfigError when it is damaged, or gone from beside its log
 */
export async function refuseDamaged(file: string): Promise<void> {
  const damage = await damageOf(file);
  if (damage === undefined) return;
  throw new ConfigError([
    `the database ${file} cannot be used: ${damage}; nothing was changed. Copy the file and what is beside it to another place, remove nexus.db, nexus.db-wal and nexus.db-shm, and put the last backup in: nexus-admin restore FILE`,
  ]);
}

/** Whether the file is shorter than what it says of itself; needs no lock. */
export function isCutShort(file: string): boolean {
  const header = headerOf(file);
  if (header.length < HEADER_BYTES) return true;
  const stated = header.readUInt16BE(PAGE_SIZE_AT);
  const pageSize = stated === 1 ? 65_536 : stated;
  return statSync(file).size < pageSize * header.readUInt32BE(PAGE_COUNT_AT);
}

async function damageOf(file: string): Promise<string | undefined> {
  if (!existsSync(file)) {
    return sizeOf(walOf(file)) > 0 ? 'it is gone, and its log is still there' : undefined;
  }
  const header = headerOf(file);
  if (header.length < HEADER_BYTES) return `it has only ${header.length} bytes`;
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return 'it is no SQLite database';
  // What is in the log may make it whole.
  if (sizeOf(walOf(file)) === 0 && isCutShort(file)) return 'its end is missing';
  return readThrough(file);
}

async function readThrough(file: string): Promise<string | undefined> {
  const sql =
    sizeOf(file) <= READ_THROUGH_BYTES
      ? 'PRAGMA quick_check(1)'
      : `SELECT 'ok' AS quick_check FROM sqlite_master LIMIT 1`;
  const handle = await open(file, sqlite3.OPEN_READONLY);
  try {
    const [row] = await all(handle, sql);
    const said = row?.['quick_check'];
    if (typeof said !== 'string' || said === 'ok') return undefined;
    return `it is damaged (${firstLine(said)})`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'SQLITE_CORRUPT' && code !== 'SQLITE_NOTADB') throw error;
    return `it is damaged (${firstLine(message)})`;
  } finally {
    await close(handle);
  }
}

function firstLine(text: string): string {
  return text.replace(/^\*\*\* in database main \*\*\*\n/, '').split('\n', 1)[0] ?? '';
}

/** The first bytes, as many as there are. */
function headerOf(file: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(descriptor);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function open(file: string, mode: number): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const handle = new sqlite3.Database(file, mode, (error) =>
      error === null ? resolve(handle) : reject(error),
    );
  });
}

function all(handle: sqlite3.Database, sql: string): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    handle.all<Record<string, unknown>>(sql, (error, rows) =>
      error === null ? resolve(rows) : reject(error),
    );
  });
}

function close(handle: sqlite3.Database): Promise<void> {
  return new Promise((resolve) => {
    handle.close(() => resolve());
  });
}
