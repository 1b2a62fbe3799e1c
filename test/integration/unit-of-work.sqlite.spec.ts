import { renameSync } from 'node:fs';
import path from 'node:path';
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

describe('a unit on SQLite', () => {
  it('whose file vanishes below it is refused, and whoever remembers what it changed is told', async () => {
    const test = await openTestDatabase();
    const file = path.join(test.config.dataDir, 'nexus.db');
    let told = 0;
    try {
      const unit = test.database.units.run(async (tx) => {
        await tx.manager.insert(UserEntity, userRow('x'));
        tx.afterCommit(() => told++);
        renameSync(file, `${file}.away`);
      });
      await expect(unit).rejects.toThrow('the database file is gone');
      // The connection goes on with the file that has no name any more, and so do those who read.
      expect(await test.database.reader.manager.countBy(UserEntity, { id: 'x' })).toBe(1);
      expect(told).toBe(1);
      renameSync(`${file}.away`, file);
    } finally {
      await test.close();
    }
  });
});
