import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import { AdvisoryLockLease } from '../../src/platform/database/lease.js';
import { PostgresWakeChannel } from '../../src/platform/events/postgres-wake-channel.js';
import { until } from '../support/until.js';
import { openTestDatabase } from '../support/database.js';
import { execute } from '../support/postgres.js';

/** Makes this transaction take longer to commit than anybody waits for. */
const SLOW_COMMIT = `
  CREATE TABLE slow (id integer);
  CREATE FUNCTION wait_at_commit() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(4); RETURN NULL; END';
  CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait_at_commit();
  INSERT INTO slow VALUES (1);
  SET LOCAL statement_timeout = 0`;

// What several servers share on one PostgreSQL.
describe('several servers on one PostgreSQL', () => {
  it('wake each other after a commit, never after a rollback', async () => {
    const test = await openTestDatabase();
    const clock = new SystemClock();
    const url = test.config.url ?? '';
    const [here, there] = [
      new PostgresWakeChannel(url, clock),
      new PostgresWakeChannel(url, clock),
    ];
    const heard: string[] = [];
    let gaps = 0;
    here.on('thing', (key) => heard.push(`here ${key}`));
    there.on('thing', (key) => heard.push(`there ${key}`));
    there.onGap(() => gaps++);
    await here.start();
    await there.start();
    try {
      const { units } = test.database;
      await expect(
        units.run(async (tx) => {
          await here.publish(tx, 'thing', 'lost');
          throw new Error('on purpose');
        }),
      ).rejects.toThrow('on purpose');
      await units.run((tx) => here.publish(tx, 'thing', 'kept'));
      await until('both have heard', async () => heard.length === 2);
      expect(heard.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['here kept', 'there kept']);
      expect(gaps).toBe(1);
      await execute(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nexus-wake'`,
      );
      await until('it is told of the gap', async () => gaps === 2);
      await units.run((tx) => here.publish(tx, 'thing', 'again'));
      await until('it hears again', async () => heard.includes('there again'));
    } finally {
      await here.stop();
      await there.stop();
      await test.close();
    }
  });

  it('hear of a commit of their own that nobody answered', async () => {
    const test = await openTestDatabase();
    const wakes = new PostgresWakeChannel(test.config.url ?? '', new SystemClock());
    const heard: string[] = [];
    wakes.on('thing', (key) => heard.push(key));
    await wakes.start();
    try {
      const unit = test.database.units.run(async (tx) => {
        await wakes.publish(tx, 'thing', 'late');
        await tx.manager.query(SLOW_COMMIT);
      });
      await expect(unit).rejects.toThrow('Connection terminated');
      expect(heard).toEqual([]);
      await until('it is heard of', async () => heard.length > 0, 10_000);
      await test.database.units.run((tx) => wakes.publish(tx, 'thing', 'in time'));
      await until('the other is heard of, too', async () => heard.length > 1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(heard).toEqual(['late', 'in time']);
    } finally {
      await wakes.stop();
      await test.close();
    }
  });

  it('hold the lease one at a time, and hand it over', async () => {
    const test = await openTestDatabase();
    const clock = new SystemClock();
    const url = test.config.url ?? '';
    const [one, two] = [new AdvisoryLockLease(url, clock), new AdvisoryLockLease(url, clock)];
    const story: string[] = [];
    const tell = (line: string) => () => void story.push(line);
    try {
      await one.start(tell('one gained'), tell('one lost'));
      await two.start(tell('two gained'), tell('two lost'));
      expect(story).toEqual(['one gained']);
      await one.stop();
      await until('the other has it', async () => story.includes('two gained'));
      expect(story).toEqual(['one gained', 'one lost', 'two gained']);
      await execute(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nexus-lease'`,
      );
      await until('it is lost and taken again', async () => story.length === 5);
      expect(story.slice(3)).toEqual(['two lost', 'two gained']);
    } finally {
      await one.stop();
      await two.stop();
      await test.close();
    }
  });
});
