import { describe, expect, it } from 'vitest';
import { checkStorage } from '../../src/platform/database/integrity.js';
import { openSnapshot } from '../../src/platform/database/snapshot.js';
import { openTestDatabase } from '../support/database.js';
import { executeSqlite } from '../support/sqlite.js';

describe('the check of a database file', () => {
  it('finds that it is damaged', async () => {
    const test = await openTestDatabase();
    await executeSqlite(
      test.config,
      `PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'api_keys_prefix'`,
    );
    const snapshot = await openSnapshot(test.config);
    const found = await checkStorage(snapshot, test.database.tables);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^The database file is damaged: .*never used/s);
    await snapshot.close();
    await test.close();
  });
});
