import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import { SqliteWakeChannel } from '../../src/platform/events/sqlite-wake-channel.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

/** What an administrator's command does beside a server. */
describe('a write of another process', () => {
  let test: TestDatabase;
  let wakes: SqliteWakeChannel;
  let gaps = 0;
  beforeEach(async () => {
    test = await openTestDatabase();
    wakes = new SqliteWakeChannel(() => test.database.foreignVersion(), new SystemClock());
    gaps = 0;
    wakes.onGap(() => gaps++);
    await wakes.start();
  });
  afterEach(async () => {
    await wakes.stop();
    await test.close();
  });

  const writeOnce = (run: (sql: string) => unknown): unknown =>
    run(`INSERT INTO rate_limits (key, drained_at) VALUES ('${Math.random()}', 0)`);

  it('is noticed within a second, one of this process is none', async () => {
    expect(wakes.isCurrent).toBe(true);
    await test.database.units.run(async (tx) => writeOnce((sql) => tx.manager.query(sql)));
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gaps).toBe(0);
    const other = new DatabaseSync(path.join(test.config.dataDir, 'nexus.db'), { timeout: 5_000 });
    writeOnce((sql) => other.exec(sql));
    await until('it is noticed', async () => gaps === 1, 1_000);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(gaps).toBe(1);
    other.close();
  });

  it('is not listened for any more after the stop', async () => {
    await wakes.stop();
    expect(wakes.isCurrent).toBe(false);
  });
});
