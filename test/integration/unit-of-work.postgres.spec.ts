import { describe, expect, it } from 'vitest';
import { UserEntity } from '../../src/users/user.entity.js';
import { openTestDatabase } from '../support/database.js';
import { userRow } from '../support/rows.js';

describe('a unit on PostgreSQL', () => {
  it('is run again when the database asks for it', async () => {
    const test = await openTestDatabase();
    try {
      const { units } = test.database;
      await units.run((tx) => tx.manager.insert(UserEntity, [userRow('a'), userRow('b')]));
      let runs = 0;
      // Two units that lock two rows in opposite order: one of them is a deadlock's victim.
      const cross = (first: string, second: string) =>
        units.run(async (tx) => {
          runs++;
          await tx.manager.update(UserEntity, { id: first }, { displayName: 'x' });
          await new Promise((resolve) => setTimeout(resolve, 200));
          await tx.manager.update(UserEntity, { id: second }, { displayName: 'x' });
        });
      await Promise.all([cross('a', 'b'), cross('b', 'a')]);
      expect(runs).toBe(3);
    } finally {
      await test.close();
    }
  });
});
