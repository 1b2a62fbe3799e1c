import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HotQuery } from '../../src/platform/database/hot-query.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { TenantsRepository } from '../../src/tenants/tenants.repository.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { tenantRow } from '../support/rows.js';

const ROUNDS = 100;
const LANES = 4;
const ROW = { ...tenantRow(), generation: 1 };

// On SQLite rows are remembered, on PostgreSQL never: what callers see is the same.
describe('a hot read', () => {
  let test: TestDatabase;
  const repository = new TenantsRepository();
  beforeEach(async () => {
    test = await openTestDatabase();
    test.database.trust({ isCurrent: true, onGap: () => undefined });
    await test.database.units.run((tx) => repository.add(tx, ROW));
  });
  afterEach(() => test.close());

  const find = () => repository.find(test.database.reader, 't_1');
  const generation = async (): Promise<number> => (await find())?.generation ?? 0;
  const set = (changes: Partial<TenantEntity>) =>
    test.database.units.run((tx) => repository.update(tx, 't_1', changes));

  it('gives the entity, as TypeORM does', async () => {
    await set({ suspend: true, nodeReady: false });
    const slow = await test.database.reader.manager.findOneBy(TenantEntity, { id: 't_1' });
    expect({ ...(await find()) }).toEqual({ ...slow });
    expect(await find()).toMatchObject({ suspend: true, nodeReady: false, clusterId: null });
    expect(await repository.find(test.database.reader, 't_2')).toBeNull();
  });

  it('gives what nobody may change', async () => {
    const tenant = await find();
    expect(() => Object.assign(tenant ?? {}, { suspend: true })).toThrow(TypeError);
  });

  it('sees every commit from its acknowledgement on, whoever reads meanwhile', async () => {
    let acknowledged = 1;
    const over = { yet: false };
    const old: number[] = [];
    const read = async (): Promise<void> => {
      while (!over.yet) {
        const least = acknowledged;
        if ((await generation()) < least) old.push(least);
        // What is remembered is given without a turn of the event loop.
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const lanes = Array.from({ length: LANES }, read);
    for (let n = 2; n <= ROUNDS; n++) {
      await set({ generation: n });
      acknowledged = n;
    }
    over.yet = true;
    await Promise.all(lanes);
    expect(old).toEqual([]);
    expect(await generation()).toBe(ROUNDS);
  });

  it('sees nothing of what is undone, and within the transaction what is under way', async () => {
    const { units } = test.database;
    await expect(
      units.run(async (tx) => {
        await repository.update(tx, 't_1', { generation: 99 });
        expect((await repository.find(tx, 't_1'))?.generation).toBe(99);
        expect(await generation()).toBe(1);
        throw new Error('on purpose');
      }),
    ).rejects.toThrow('on purpose');
    expect(await generation()).toBe(1);
  });

  it('gives everybody their own rows when many are asked for at once', async () => {
    const { units, reader } = test.database;
    const ids = Array.from({ length: 200 }, (_, n) => `t_many"{},\\${n}`);
    await units.run(async (tx) => {
      for (const id of ids) await repository.add(tx, { ...ROW, id, crName: `tenant-${id}` });
    });
    const wanted = [...ids, 't_absent', '', 't_1', 't_1'];
    const found = await Promise.all(wanted.map((id) => repository.find(reader, id)));
    expect(found.map((tenant) => tenant?.id)).toEqual([...ids, undefined, undefined, 't_1', 't_1']);
    const alone = await reader.manager.findOneBy(TenantEntity, { id: ids[7] ?? '' });
    expect({ ...found[7] }).toEqual({ ...alone });
  });

  it('refuses nobody because of what another one asks', async () => {
    const { reader } = test.database;
    // PostgreSQL has no character for the last one's.
    const asked = ['t_1', 't_2', 'a\0b'].map((id) => repository.find(reader, id));
    const [known, unknown] = await Promise.allSettled(asked);
    expect(known).toMatchObject({ status: 'fulfilled', value: { id: 't_1' } });
    expect(unknown).toEqual({ status: 'fulfilled', value: null });
  });

  it('counts, filters and orders', async () => {
    const { units, reader } = test.database;
    await units.run((tx) => repository.add(tx, { ...ROW, id: 't_0', crName: 'tenant-0' }));
    const ids = new HotQuery(TenantEntity, {
      where: 'generation = ?',
      only: ['id'],
      tail: 'ORDER BY id LIMIT ?',
    });
    expect(await reader.all(ids, [1, 5])).toEqual([{ id: 't_0' }, { id: 't_1' }]);
    expect(await reader.all(ids, [1, 1])).toEqual([{ id: 't_0' }]);
    const count = new HotQuery(TenantEntity, { where: 'generation = ?', count: true });
    const [row] = (await reader.all(count, [1])) as unknown as { count: number | string }[];
    expect(Number(row?.count)).toBe(2);
  });

  it('tells of a statement that the database refuses, every time', async () => {
    const wrong = new HotQuery(TenantEntity, { where: 'no_such_column = ?' });
    const { reader } = test.database;
    for (let n = 0; n < 2; n++) {
      await expect(reader.all(wrong, [1])).rejects.toThrow(/no_such_column/);
    }
  });
});
