import { describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/app.module.js';
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
});
