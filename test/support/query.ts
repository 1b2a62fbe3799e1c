/** What the database of a running server holds, beside the server. */
import path from 'node:path';
import pg from 'pg';
import sqlite3 from 'sqlite3';
import type { TestServer } from './server.js';

type Row = Record<string, unknown>;

const BUSY_TIMEOUT_MS = 5_000;

/** Runs one statement without parameters, on a connection of its own. */
export async function query(server: TestServer, sql: string): Promise<Row[]> {
  const url = server.databaseUrl;
  return url === undefined
    ? onSqlite(path.join(server.dataDir, 'data', 'nexus.db'), sql)
    : onPostgres(url, sql);
}

async function onPostgres(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

function onSqlite(file: string, sql: string): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file);
    database.configure('busyTimeout', BUSY_TIMEOUT_MS);
    database.all<Row>(sql, (error, rows) => {
      database.close();
      if (error === null) resolve(rows);
      else reject(error);
    });
  });
}
