import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { killStart } from '../soak/kills.js';
import { appliedTo, makeSchema } from '../soak/older-database.js';
import { MIGRATIONS } from '../../src/platform/database/migrations/migrations.js';
import { lockTable } from '../support/postgres-faults.js';
import { ServerRows } from '../support/server-rows.js';
import { TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const OLD_SCHEMA = 3;
const ENDED_WITHIN_MS = 5_000;

/** Sessions of servers in this database. */
const SESSIONS = `SELECT wait_event_type AS waits FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'nexus%'`;

describe('a server that is killed while its migration waits', () => {
  let server: TestServer;
  let rows: ServerRows;
  beforeEach(async () => {
    server = await TestServer.create({ driver: 'none' });
    rows = await ServerRows.of(server);
  });
  afterEach(async () => {
    await rows.close();
    await server.close();
  });

  it('leaves no session that holds the lock of the migrations', async () => {
    await makeSchema(rows, OLD_SCHEMA, false);
    const unlock = await lockTable({ url: server.databaseUrl ?? '' }, 'agents');
    const waits = async (): Promise<boolean> =>
      (await rows.query(SESSIONS)).some((session) => session['waits'] === 'Lock');
    expect(await killStart(server, () => until('it waits for the table', waits))).toBe(true);
    const gone = async (): Promise<boolean> => (await rows.query(SESSIONS)).length === 0;
    await until('its sessions have ended', gone, ENDED_WITHIN_MS);
    await unlock();
    await server.run();
    expect(await appliedTo(server)).toEqual(MIGRATIONS.map(({ name }) => name));
  });
});
