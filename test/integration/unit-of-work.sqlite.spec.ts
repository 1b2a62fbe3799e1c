import { describe, expect, it } from 'vitest';
import { UserEntity } from '../../src/users/user.entity.js';
import { openTestDatabase } from '../support/database.js';
import { userRow } from '../support/rows.js';

describe('the reader of SQLite', () => {
  it('refuses to write', async () => {
    const test = await openTestDatabase();
    try {
      const write = test.database.reader.manager.insert(UserEntity, userRow('x'));
      await expect(write).rejects.toThrow(/readonly/i);
    } finally {
      await test.close();
    }
  });
});
