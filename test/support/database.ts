/** A migrated database of the kind that `TEST_DATABASE` names, in the test's own process. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ENTITIES } from '../../src/app.module.js';
import { DatabaseConfig } from '../../src/config/database.config.js';
import { Database } from '../../src/platform/database/database.js';
import type { UnitObserver } from '../../src/platform/database/unit-observer.js';
import { freshDatabase } from './postgres.js';

export interface TestDatabase {
  database: Database;
  config: DatabaseConfig;
  close(): Promise<void>;
}

/** What `openTestDatabase` opens, not opened yet. */
export async function databaseConfig(): Promise<{
  config: DatabaseConfig;
  drop: () => Promise<void>;
}> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'nexus-database-'));
  await chmod(dataDir, 0o711);
  const fresh = process.env['TEST_DATABASE'] === 'postgres' ? await freshDatabase() : undefined;
  const config = new DatabaseConfig({ dataDir, url: fresh?.url, poolSize: 10 });
  const drop = async (): Promise<void> => {
    await fresh?.drop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  return { config, drop };
}

export async function openTestDatabase(observer?: UnitObserver): Promise<TestDatabase> {
  const { config, drop } = await databaseConfig();
  const database = await Database.open(config, ENTITIES, observer);
  const close = async (): Promise<void> => {
    await database.close();
    await drop();
  };
  return { database, config, close };
}
