import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentRequestId, withRequestId } from '../../src/platform/http/request-context.js';
import { UserEntity } from '../../src/users/user.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { userRow } from '../support/rows.js';

describe('a unit of work', () => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await openTestDatabase();
  });
  afterEach(() => test.close());

  const emails = async (): Promise<string[]> => {
    const rows = await test.database.reader.manager.find(UserEntity, { order: { id: 'ASC' } });
    return rows.map(({ id }) => id);
  };

  it('commits whole and gives back what its work gives', async () => {
    const { units } = test.database;
    const value = await units.run(async (tx) => {
      await tx.manager.insert(UserEntity, userRow('a'));
      await tx.manager.insert(UserEntity, userRow('b'));
      return 7;
    });
    expect(value).toBe(7);
    expect(await emails()).toEqual(['a', 'b']);
  });

  it('vanishes whole when its work throws, and takes no neighbour with it', async () => {
    const { units } = test.database;
    const called: string[] = [];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        units.run(async (tx) => {
          const id = `u${String(index).padStart(2, '0')}`;
          await tx.manager.insert(UserEntity, userRow(id));
          tx.afterCommit(() => called.push(id));
          if (index % 3 === 0) throw new Error('on purpose');
        }),
      ),
    );
    const good = outcomes.flatMap(({ status }, index) =>
      status === 'fulfilled' ? `u${String(index).padStart(2, '0')}` : [],
    );
    expect(good).toHaveLength(26);
    expect(await emails()).toEqual(good);
    expect(called.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(good);
  });

  it('is part of the request that asked for it, whoever else asks at the same time', async () => {
    const { units } = test.database;
    const ids = Array.from({ length: 10 }, (_, index) => `request-${index}`);
    const noted = (): Promise<string | undefined> =>
      units.run(async (tx) => {
        await tx.manager.find(UserEntity);
        return currentRequestId();
      });
    const background = noted();
    const seen = await Promise.all(ids.map((id) => withRequestId(id, noted)));
    expect(seen).toEqual(ids);
    expect(await background).toBeUndefined();
  });

  it('shows nothing before it is committed', async () => {
    const { units } = test.database;
    const seen = await units.run(async (tx) => {
      await tx.manager.insert(UserEntity, userRow('early'));
      return emails();
    });
    expect(seen).toEqual([]);
    expect(await emails()).toEqual(['early']);
  });

  it('goes on after a statement failed', async () => {
    const { units } = test.database;
    await units.run((tx) => tx.manager.insert(UserEntity, userRow('twin')));
    await expect(units.run((tx) => tx.manager.insert(UserEntity, userRow('twin')))).rejects.toThrow(
      /unique/i,
    );
    await units.run((tx) => tx.manager.insert(UserEntity, userRow('after')));
    expect(await emails()).toEqual(['after', 'twin']);
  });

  it('never loses an update of one row', async () => {
    const { units } = test.database;
    await units.run((tx) => tx.manager.insert(UserEntity, userRow('counter')));
    await Promise.all(
      Array.from({ length: 30 }, () =>
        units.run(async (tx) => {
          const postgres = test.database.dialect === 'postgres';
          const row = await tx.manager.findOneOrFail(UserEntity, {
            where: { id: 'counter' },
            ...(postgres ? { lock: { mode: 'pessimistic_write' as const } } : {}),
          });
          const displayName = String(
            Number(row.displayName === 'counter' ? 0 : row.displayName) + 1,
          );
          await tx.manager.update(UserEntity, { id: 'counter' }, { displayName });
        }),
      ),
    );
    const row = await test.database.reader.manager.findOneByOrFail(UserEntity, { id: 'counter' });
    expect(row.displayName).toBe('30');
  });
});
