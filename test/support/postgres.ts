/** Databases of a test's own on the PostgreSQL of the run. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface FreshDatabase {
  /** Connects as its owner. */
  url: string;
  /** Cuts whoever is connected, and removes it. */
  drop(): Promise<void>;
}

/** Makes an empty database, on the PostgreSQL of the run when no other one is named. */
export async function freshDatabase(admin = inject('postgresUrl')): Promise<FreshDatabase> {
  const name = `nexus_${randomBytes(6).toString('hex')}`;
  await execute(admin, `CREATE DATABASE ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    drop: () => execute(admin, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** Runs one statement on a connection of its own. */
export async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
