import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sqlite3 from 'sqlite3';
import { ConfigError } from '../../config/config-error.js';

/**
 * The data folder belongs to one server. The claim is an exclusive transaction on `lock.db` that
 * lasts as long as the process: a kill frees it, whatever else is left behind.
 */
export class FolderLock {
  private constructor(
    private readonly handle: sqlite3.Database,
    private readonly holderFile: string,
  ) {}

  /**
   * Claims the folder, making it when absent.
   *
   * @throws ConfigError naming the process that has it
   */
  static async claim(folder: string): Promise<FolderLock> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const holderFile = path.join(folder, 'lock.holder');
    const handle = await open(path.join(folder, 'lock.db'));
    try {
      await execute(handle, 'BEGIN EXCLUSIVE');
    } catch (error) {
      await close(handle);
      if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
      throw new ConfigError([
        `NEXUS_DATA_DIR ${folder} is in use by ${holderOf(holderFile)}; stop it, or choose another folder`,
      ]);
    }
    writeFileSync(holderFile, `process ${process.pid}\n`, { mode: 0o600 });
    return new FolderLock(handle, holderFile);
  }

  async release(): Promise<void> {
    try {
      rmSync(this.holderFile, { force: true });
    } catch {
      // It only names who had the folder, and a disk that failed takes no change.
    }
    await close(this.handle);
  }
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'another process';
  }
}

function open(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const handle = new sqlite3.Database(file, (error) => (error ? reject(error) : resolve(handle)));
  });
}

function execute(handle: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    handle.exec(sql, (error) => (error ? reject(error) : resolve()));
  });
}

function close(handle: sqlite3.Database): Promise<void> {
  return new Promise((resolve) => {
    handle.close(() => resolve());
  });
}
