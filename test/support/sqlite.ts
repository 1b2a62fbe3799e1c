import sqlite3 from 'sqlite3';
import type { DatabaseConfig } from '../../src/config/database.config.js';
import { sqliteFile } from '../../src/platform/database/data-sources.js';

/** Runs statements on a connection of their own, past all that the product would keep one from. */
export async function executeSqlite(config: DatabaseConfig, sql: string): Promise<void> {
  const handle = new sqlite3.Database(sqliteFile(config));
  try {
    await new Promise<void>((resolve, reject) => {
      handle.exec(sql, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    await new Promise<void>((resolve) => handle.close(() => resolve()));
  }
}
