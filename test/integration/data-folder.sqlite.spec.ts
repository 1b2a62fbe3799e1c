import { describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/app.module.js';
import { ConfigError } from '../../src/config/config-error.js';
import { Database } from '../../src/platform/database/database.js';
import { databaseConfig } from '../support/database.js';

describe('the data folder', () => {
  it('belongs to one server; a second one is told who has it', async () => {
    const { config, drop } = await databaseConfig();
    const first = await Database.open(config, ENTITIES);
    try {
      const second = Database.open(config, ENTITIES);
      await expect(second).rejects.toThrow(ConfigError);
      await expect(second).rejects.toThrow(`process ${process.pid}`);
    } finally {
      await first.close();
    }
    const third = await Database.open(config, ENTITIES);
    await third.close();
    await drop();
  });
});
