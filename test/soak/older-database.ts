/** The database of a stopped server, put back to an older schema, with many rows to migrate. */
import { rename } from 'node:fs/promises';
import type { QueryRunner } from 'typeorm';
import { MIGRATIONS } from '../../src/platform/database/migrations/migrations.js';
import type { FreshDatabase } from '../support/postgres.js';
import { addBulk } from './bulk.js';
import { ServerRows } from '../support/server-rows.js';
import type { TestServer } from '../support/server.js';

/** Tables up to this size are compared row by row. */
const SMALL = 1_000;
/** Not rows of the product. */
const OWN_TABLES = /^(sqlite_|migrations$|schema_info$)/;

/** The schemas that have the slow migrations before them. */
export const OLDER_SCHEMAS = [1, 2, 3] as const;

/** A database as it was, column by column. */
export type Fingerprint = ReadonlyMap<string, string>;

/** Where the newest schema is kept while the server works on an older one. */
export interface Newest {
  databaseUrl: string | undefined;
  databaseFile: string;
}

/** Puts the database of a stopped server aside. */
export async function putAside(server: TestServer): Promise<Newest> {
  const { databaseUrl, databaseFile } = server;
  const aside = `${databaseFile}.newest`;
  if (databaseUrl === undefined) await rename(databaseFile, aside);
  return { databaseUrl, databaseFile: aside };
}

/**
 * Makes the server's database one of an older schema, with the rows of the newest and many more.
 *
 * @param schema how many migrations it has
 * @param fresh an empty PostgreSQL; undefined on SQLite
 */
export async function makeOlder(
  server: TestServer,
  newest: Newest,
  schema: number,
  fresh: FreshDatabase | undefined,
): Promise<void> {
  if (fresh !== undefined) server.configure({ DATABASE_URL: fresh.url });
  const [from, to] = [await ServerRows.of(newest), await ServerRows.of(server)];
  try {
    await makeSchema(to, schema, fresh === undefined);
    for (const table of await to.tables()) {
      if (!OWN_TABLES.test(table)) await copy(from, to, table);
    }
    if (fresh !== undefined) {
      await to.query(
        `SELECT setval(pg_get_serial_sequence('audit_entries', 'number'), MAX(number)) FROM audit_entries`,
      );
    }
    await addBulk(to, 1);
  } finally {
    await from.close();
    await to.close();
  }
}

/** What a server's database holds, in the columns of an older one when that is given. */
export async function fingerprint(
  server: TestServer,
  columns?: ReadonlyMap<string, readonly string[]>,
): Promise<{ print: Fingerprint; columns: ReadonlyMap<string, readonly string[]> }> {
  const rows = await ServerRows.of(server);
  try {
    const used = columns ?? (await columnsOf(rows));
    const print = new Map<string, string>();
    for (const [table, names] of used) {
      const sums = names.map((name, n) => `SUM(LENGTH(CAST(${name} AS text))) AS s${n}`);
      const [row] = await rows.query(`SELECT COUNT(*) AS n, ${sums.join()} FROM ${table}`);
      const values = Object.values(row ?? {}).map(Number);
      const whole =
        (values[0] ?? 0) > SMALL ? [] : await rows.query(`SELECT ${names.join()} FROM ${table}`);
      const lines = whole.map((one) => JSON.stringify(one)).sort();
      print.set(table, [values.join(), ...lines].join('\n'));
    }
    return { print, columns: used };
  } finally {
    await rows.close();
  }
}

/** The names of the migrations that a server's database has. */
export async function appliedTo(server: TestServer): Promise<string[]> {
  const rows = await ServerRows.of(server);
  try {
    return (await rows.query('SELECT name FROM migrations ORDER BY id')).map(({ name }) =>
      String(name),
    );
  } finally {
    await rows.close();
  }
}

/** Makes the schema of so many migrations in an empty database. */
export async function makeSchema(to: ServerRows, schema: number, sqlite: boolean): Promise<void> {
  const type = sqlite ? 'sqlite' : 'postgres';
  const query = (sql: string): Promise<unknown> => to.query(sql);
  const runner = { connection: { options: { type } }, query } as unknown as QueryRunner;
  // As the ORM makes it.
  const id = sqlite ? 'integer PRIMARY KEY AUTOINCREMENT NOT NULL' : 'SERIAL PRIMARY KEY';
  await to.query(
    `CREATE TABLE migrations (id ${id}, timestamp bigint NOT NULL, name varchar NOT NULL)`,
  );
  for (const Migration of MIGRATIONS.slice(0, schema)) {
    await new Migration().up(runner);
    await to.insert('migrations', {
      timestamp: Number(Migration.name.slice(-13)),
      name: Migration.name,
    });
  }
}

async function copy(from: ServerRows, to: ServerRows, table: string): Promise<void> {
  const columns = (await columnsOf(to)).get(table) ?? [];
  for (const row of await from.query(`SELECT ${columns.join()} FROM ${table}`)) {
    await to.insert(table, row);
  }
}

async function columnsOf(rows: ServerRows): Promise<Map<string, string[]>> {
  const columns = new Map<string, string[]>();
  for (const table of await rows.tables()) {
    if (!OWN_TABLES.test(table)) columns.set(table, await rows.columns(table));
  }
  return columns;
}
