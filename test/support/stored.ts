/** All that a server has stored, for tests of what must not be there. */
import path from 'node:path';
import { ENTITIES } from '../../src/app.module.js';
import { DatabaseConfig } from '../../src/config/database.config.js';
import {
  closeDataSources,
  createDataSources,
  openDataSources,
} from '../../src/platform/database/data-sources.js';
import type { TestServer } from './server.js';

/** The rows of every table, by its name; read beside the server. */
export async function storedBy(server: TestServer): Promise<Record<string, object[]>> {
  const dataDir = path.join(server.dataDir, 'data');
  const config = new DatabaseConfig({ dataDir, url: server.databaseUrl, poolSize: 2 });
  const sources = createDataSources(config, ENTITIES);
  await openDataSources(sources);
  try {
    const tables = sources.reader.entityMetadatas;
    const rows = tables.map(async ({ target, tableName }) => [
      tableName,
      await sources.reader.manager.find(target),
    ]);
    return Object.fromEntries(await Promise.all(rows)) as Record<string, object[]>;
  } finally {
    await closeDataSources(sources);
  }
}
