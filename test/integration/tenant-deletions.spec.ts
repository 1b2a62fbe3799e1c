import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { TENANT_TOPIC } from '../../src/tenants/tenants.events.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { type Doors, openDoors, tenantResource } from '../support/doors.js';

const OPERATOR = { kind: 'system', id: 'nexus-admin', label: 'ops' } as const;
const MOST = 10;

describe('deletions of tenants through the cluster', () => {
  let test: TestDatabase;
  let doors: Doors;
  beforeEach(async () => {
    test = await openTestDatabase();
    doors = openDoors(test);
  });
  afterEach(() => test.close());

  const resource = (n: number) => tenantResource({ name: `acme-${n}`, uid: `uid-${n}` });
  const adopt = async (count: number) => {
    for (let n = 0; n < count; n++) await doors.adoption.take(resource(n));
  };
  const intend = (n: number, by = doors) => by.deletions.intend(resource(n), MOST);
  const intendAll = (count: number, by = doors) =>
    Promise.all(Array.from({ length: count }, (_, n) => intend(n, by)));
  const tally = (outcomes: readonly string[]) => ({
    accepted: outcomes.filter((one) => one === 'accepted').length,
    held: outcomes.filter((one) => one === 'held').length,
  });
  const live = async () =>
    (await test.database.reader.manager.find(TenantEntity)).filter(
      ({ deletedAt }) => deletedAt === null,
    ).length;
  const protect = (crName: string, deletionProtection: boolean) =>
    test.database.units.run((tx) =>
      tx.manager.update(TenantEntity, { crName }, { deletionProtection }),
    );

  it('are an intent, told of once', async () => {
    await adopt(1);
    expect(await intend(0)).toBe('accepted');
    const { units } = doors.counted;
    expect(await intend(0)).toBe('accepted');
    expect(await intend(1)).toBe('unknown');
    expect(doors.counted.units).toBe(units);
    const deleted = (await doors.audited()).filter((line) => line.includes('tenant.deleted'));
    expect(deleted).toHaveLength(1);
    expect(deleted[0]).toMatch(/^cluster/);
  });

  it('stop at a protected tenant until that is lifted', async () => {
    await adopt(1);
    await protect('acme-0', true);
    expect(await intend(0)).toBe('blocked');
    expect(await live()).toBe(1);
    await protect('acme-0', false);
    expect(await intend(0)).toBe('accepted');
  });

  it('of a burst stop after the tenth, also when they come at once', async () => {
    await adopt(20);
    expect(tally(await intendAll(20))).toEqual({ accepted: 10, held: 10 });
    expect(await live()).toBe(10);
    const { units } = doors.counted;
    expect(tally(await intendAll(20))).toEqual({ accepted: 10, held: 10 });
    expect(doors.counted.units).toBe(units);
  });

  it('that are held stay so after a minute, and for another process', async () => {
    await adopt(12);
    expect(tally(await intendAll(12))).toEqual({ accepted: 10, held: 2 });
    await doors.clock.advance(120_000);
    expect(tally(await intendAll(12))).toEqual({ accepted: 10, held: 2 });
    const successor = openDoors(test);
    await successor.clock.advance(120_000);
    expect(tally(await intendAll(12, successor))).toEqual({ accepted: 10, held: 2 });
  });

  it('are counted across processes, and no longer than a minute', async () => {
    await adopt(14);
    for (let n = 0; n < 10; n++) expect(await intend(n)).toBe('accepted');
    // Gone for good, and counted all the same.
    const rows = await test.database.reader.manager.find(TenantEntity);
    for (const { id } of rows.filter(({ deletedAt }) => deletedAt !== null)) {
      await test.database.units.run((tx) => doors.tenantSync.purge(tx, id));
    }
    const successor = openDoors(test);
    expect(await intend(10, successor)).toBe('held');
    await successor.clock.advance(61_000);
    expect(await intend(11, successor)).toBe('accepted');
  });

  it('that are held go on once they are confirmed, and are no burst then', async () => {
    await adopt(24);
    const outcomes = await intendAll(23);
    expect(tally(outcomes)).toEqual({ accepted: 10, held: 13 });
    const woken: string[] = [];
    doors.wakes.on(TENANT_TOPIC, (id) => woken.push(id));
    const listed = await doors.deletions.held();
    const confirmed = await doors.deletions.confirm(OPERATOR);
    expect(confirmed).toEqual(listed);
    expect(confirmed).toHaveLength(13);
    expect(woken.sort()).toEqual(confirmed.map(({ tenant }) => tenant.id).sort());
    expect(await doors.deletions.held()).toEqual([]);
    expect(await doors.deletions.confirm(OPERATOR)).toEqual([]);
    await doors.clock.advance(61_000);
    expect(tally(await intendAll(23))).toEqual({ accepted: 23, held: 0 });
    expect(await intend(23)).toBe('accepted');
    expect(await live()).toBe(0);
    const told = (await doors.audited()).filter((line) => line.includes('deletion_confirmed'));
    expect(told).toHaveLength(13);
  });

  it('of another object of that name are held and confirmed anew', async () => {
    await adopt(12);
    await intendAll(12);
    const [held] = await doors.deletions.held();
    await doors.deletions.confirm(OPERATOR);
    const name = held?.tenant.crName ?? '';
    const another = tenantResource({ name, uid: 'uid-another' });
    expect(await doors.deletions.intend(another, MOST)).toBe('held');
    expect(await doors.deletions.held()).toMatchObject([{ tenant: { crName: name } }]);
  });
});
