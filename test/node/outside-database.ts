/** A PostgreSQL beside the machine's pods, for installs with several servers. */
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { freshDatabase } from '../support/postgres.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import type { Install } from './install.js';
import { ADDRESS, PODS } from './places.js';

const SECRET = 'nexus-database';

/** One that pods reach; what it has acknowledged is on the disk. */
export async function startOutsideDatabase(): Promise<PostgresServer> {
  // It runs as another account, which has to be able to enter.
  await chmod(tmpdir(), 0o711);
  return startPostgres({ durable: true, alsoAt: { address: ADDRESS, from: PODS } });
}

/**
 * Makes an empty database, and the Secret with its URL in the namespace of an install.
 *
 * @returns the values of the chart that choose it
 */
export async function givePostgres(
  { cluster, place }: Install,
  server: PostgresServer,
): Promise<string[]> {
  const { url } = await freshDatabase(server.url);
  const inside = new URL(url);
  inside.hostname = ADDRESS;
  await cluster.admin.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: place.namespace, name: SECRET },
    stringData: { 'database-url': inside.toString() },
  });
  return ['--set', `database.type=postgres,database.existingSecret=${SECRET}`];
}
