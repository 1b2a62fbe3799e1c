/** The databases of the bench, and how often a server writes to its own. */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { Product } from './product.js';

const LOOK_EVERY_MS = 20;
/** PostgreSQL tells what an idle connection did at the latest after this. */
const TOLD_AFTER_MS = 11_000;

/** Runs one statement on a connection of its own. */
export async function execute(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * How often a server writes to its database in so many milliseconds: commits that changed
 * something on SQLite, rows on PostgreSQL.
 */
export function countWrites(product: Product, ms: number): Promise<number> {
  const { databaseUrl, sqliteFile } = product;
  return databaseUrl === undefined
    ? countCommits(sqliteFile, ms)
    : countRowsWritten(databaseUrl, ms);
}

async function countCommits(file: string, ms: number): Promise<number> {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  try {
    const version = database.prepare('PRAGMA data_version');
    const read = (): number => Number(version.get()?.['data_version']);
    const until = performance.now() + ms;
    let [seen, commits] = [read(), 0];
    while (performance.now() < until) {
      await sleep(LOOK_EVERY_MS);
      const now = read();
      if (now !== seen) commits++;
      seen = now;
    }
    return commits;
  } finally {
    database.close();
  }
}

async function countRowsWritten(url: string, ms: number): Promise<number> {
  const read = async (): Promise<number> => {
    const sql = 'SELECT SUM(n_tup_ins + n_tup_upd + n_tup_del) AS n FROM pg_stat_user_tables';
    return Number((await execute(url, sql))[0]?.['n']);
  };
  await sleep(TOLD_AFTER_MS);
  const before = await read();
  await sleep(ms);
  await sleep(TOLD_AFTER_MS);
  return (await read()) - before;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
