/** What can happen to a PostgreSQL server, done to one of the test's own. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { execute } from './postgres.js';
import type { PostgresServer } from './postgres-server.js';

/** Every process of the server, the first one first. */
function processesOf({ folder }: PostgresServer): number[] {
  const [first] = readFileSync(path.join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
  const children = readdirSync('/proc').filter(
    (entry) => /^\d+$/.test(entry) && parentOf(entry) === first,
  );
  return [Number(first), ...children.map(Number)];
}

function parentOf(pid: string): string | undefined {
  try {
    return /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Makes the server hang, whatever it is asked; gives back what lets it go on. */
export function hang(server: PostgresServer): () => void {
  const pids = processesOf(server);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}

/** Cuts every connection of the product. */
export async function cutConnections({ url }: PostgresServer): Promise<void> {
  await execute(
    url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name LIKE 'nexus%' AND pid <> pg_backend_pid()`,
  );
}

/** Kills a process of the server, which then ends all others and recovers from its log. */
export async function crash({ url }: PostgresServer): Promise<void> {
  const client = await connected(url);
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'nexus%' LIMIT 1`,
  );
  const [backend] = rows;
  if (backend === undefined) throw new Error('The product has no connection');
  const ended = new Promise((resolve) => client.once('end', resolve));
  process.kill(backend.pid, 'SIGKILL');
  await ended;
}

/** Holds a lock on a table; gives back what lets go of it. */
export async function lockTable(
  { url }: Pick<PostgresServer, 'url'>,
  table: string,
): Promise<() => Promise<void>> {
  const client = await connected(url);
  await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
  return () => client.end();
}

/** Takes every connection there is, and those of the product, too. */
export async function takeConnections(server: PostgresServer): Promise<() => Promise<void>> {
  const taken: pg.Client[] = [];
  const takeAll = async (): Promise<void> => {
    for (;;) taken.push(await connected(server.url));
  };
  const [first] = [await connected(server.url)];
  taken.push(first);
  for (let round = 0; round < 5; round++) {
    await first.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'nexus%'`,
    );
    await Promise.allSettled([takeAll(), takeAll(), takeAll(), takeAll()]);
  }
  return async () => {
    await Promise.all(taken.map((client) => client.end()));
  };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
