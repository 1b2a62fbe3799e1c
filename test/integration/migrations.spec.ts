import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/app.module.js';
import { ConfigError } from '../../src/config/config-error.js';
import type { DatabaseConfig } from '../../src/config/database.config.js';
import { Database } from '../../src/platform/database/database.js';
import { MIGRATIONS } from '../../src/platform/database/migrations/migrations.js';
import { PROGRAM_LEVEL } from '../../src/platform/database/migrator.js';
import { databaseConfig } from '../support/database.js';

describe('migrations', () => {
  let config: DatabaseConfig;
  let drop: () => Promise<void>;
  beforeEach(async () => {
    ({ config, drop } = await databaseConfig());
  });
  afterEach(() => drop());

  it('make the schema once, say so before, and find nothing to do afterwards', async () => {
    const announced: (readonly string[])[] = [];
    const open = (): Promise<Database> =>
      Database.open(config, ENTITIES, undefined, (missing) => announced.push(missing));
    const first = await open();
    const all = MIGRATIONS.map(({ name }) => name);
    expect(first.migrated).toEqual(all);
    await first.close();
    const second = await open();
    expect(second.migrated).toEqual([]);
    await second.close();
    expect(announced).toEqual([all]);
  });

  it('make every table as the entities describe it', async () => {
    const database = await Database.open(config, ENTITIES);
    try {
      for (const entity of ENTITIES) {
        const rows = await database.reader.manager.find(entity);
        expect(rows, entity.name).toEqual([]);
      }
    } finally {
      await database.close();
    }
  });

  it('are what a program beside the server needs, no more and no less', async () => {
    await expect(Database.attach(config, ENTITIES)).rejects.toThrow(/nexus-admin migrate/);
    const database = await Database.open(config, ENTITIES);
    const beside = await Database.attach(config, ENTITIES);
    await beside.check();
    await beside.close();
    const newest = MIGRATIONS.at(-1)?.name ?? '';
    const rename = (from: string, to: string) =>
      database.units.run((tx) =>
        tx.manager.query(`UPDATE migrations SET name = '${to}' WHERE name = '${from}'`),
      );
    await rename(newest, 'Newer1999999999999');
    await expect(Database.attach(config, ENTITIES)).rejects.toThrow(/a newer version/);
    await database.units.run((tx) =>
      tx.manager.query(`DELETE FROM migrations WHERE name = 'Newer1999999999999'`),
    );
    const behind = Database.attach(config, ENTITIES);
    await expect(behind).rejects.toThrow(ConfigError);
    await expect(behind).rejects.toThrow(/lacks 1 migration/);
    await database.close();
  });

  it('refuse a schema that needs a newer program, and leave it alone', async () => {
    const database = await Database.open(config, ENTITIES);
    await database.units.run((tx) =>
      tx.manager.query(`UPDATE schema_info SET oldest_program = ${PROGRAM_LEVEL + 1}`),
    );
    await database.close();
    const refused = Database.open(config, ENTITIES);
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(/newer version/);
  });
});
