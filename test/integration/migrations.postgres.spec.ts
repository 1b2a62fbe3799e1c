import { describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/app.module.js';
import { DatabaseConfig } from '../../src/config/database.config.js';
import { Database } from '../../src/platform/database/database.js';
import { MIGRATIONS } from '../../src/platform/database/migrations/migrations.js';
import { databaseConfig } from '../support/database.js';

describe('migrations on PostgreSQL', () => {
  it('run once when several servers start together', async () => {
    const { config, drop } = await databaseConfig();
    const opened = await Promise.all(
      Array.from({ length: 4 }, () => Database.open(config, ENTITIES)),
    );
    expect(opened.flatMap(({ migrated }) => migrated)).toEqual(MIGRATIONS.map(({ name }) => name));
    for (const database of opened) await database.close();
    await drop();
  });

  it('follow the sslmode of the URL', async () => {
    const { config, drop } = await databaseConfig();
    const withMode = (mode: string): DatabaseConfig =>
      new DatabaseConfig({ ...config, url: `${config.url}?sslmode=${mode}` });
    const plain = await Database.open(withMode('disable'), ENTITIES);
    expect(plain.migrated).toHaveLength(MIGRATIONS.length);
    await plain.close();
    // The server of the tests speaks no TLS, so asking for it must fail rather than go without.
    await expect(Database.open(withMode('require'), ENTITIES)).rejects.toThrow(/SSL/);
    await drop();
  });
});
