import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/app.module.js';
import { AuditEntryEntity } from '../../src/audit/audit-entry.entity.js';
import { DatabaseConfig } from '../../src/config/database.config.js';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import { writeBackup } from '../../src/platform/database/backup/backup-writer.js';
import { restoreBackup } from '../../src/platform/database/backup/restore.js';
import { Database } from '../../src/platform/database/database.js';
import { openSnapshot } from '../../src/platform/database/snapshot.js';
import { PostgresWakeChannel } from '../../src/platform/events/postgres-wake-channel.js';
import { UserEntity } from '../../src/users/user.entity.js';
import { contents, readBackup } from '../support/backups.js';
import { databaseConfig } from '../support/database.js';
import { userRow } from '../support/rows.js';

const FACTS = { product: '0.0.0', takenAt: '2026-01-01T00:00:00.000Z' };

/** One row of each kind that the databases keep differently. */
async function fill(config: DatabaseConfig, user: string): Promise<void> {
  const database = await Database.open(config, ENTITIES);
  await database.units.run(async (tx) => {
    await tx.manager.insert(UserEntity, { ...userRow(user), disabled: true });
    await tx.manager.insert(AuditEntryEntity, {
      at: '2026-01-01T00:00:00.000Z',
      actorKind: 'user',
      actorId: user,
      actorLabel: user,
      action: 'thing.done',
      tenantId: null,
      target: user,
      outcome: 'done',
      requestId: null,
      detail: '{}',
    });
  });
  await database.close();
}

async function backUp(config: DatabaseConfig, file: string): Promise<void> {
  const database = await Database.attach(config, ENTITIES);
  const snapshot = await openSnapshot(config);
  await writeBackup(snapshot, database.tables, FACTS, file);
  await snapshot.close();
  await database.close();
}

describe('a backup between the two kinds of database', () => {
  it('goes from SQLite to PostgreSQL and back', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'nexus-across-'));
    const { config: postgres, drop } = await databaseConfig();
    const sqlite = (name: string): DatabaseConfig =>
      new DatabaseConfig({ dataDir: path.join(folder, name), url: undefined, poolSize: 10 });
    const file = (name: string): string => path.join(folder, `${name}.gz`);
    await fill(sqlite('one'), 'usr_first');
    await backUp(sqlite('one'), file('one'));
    await restoreBackup(postgres, ENTITIES, file('one'), { force: false });
    await backUp(postgres, file('two'));
    expect(contents(readBackup(file('two')))).toEqual(contents(readBackup(file('one'))));
    await fill(postgres, 'usr_second');
    await backUp(postgres, file('three'));
    await restoreBackup(sqlite('two'), ENTITIES, file('three'), { force: false });
    await fill(sqlite('two'), 'usr_third');
    await backUp(sqlite('two'), file('four'));
    const audit = readBackup(file('four')).tables.find(({ table }) => table === 'audit_entries');
    expect(audit?.rows.map(([number]) => number)).toEqual([1, 2, 3]);
    const { tables } = readBackup(file('four'));
    const users = tables.find(({ table }) => table === 'users')?.rows ?? [];
    expect(users.map(([id]) => String(id)).sort()).toEqual([
      'usr_first',
      'usr_second',
      'usr_third',
    ]);
    expect(users.map((row) => row[5])).toEqual([true, true, true]);
    await drop();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  it('is not restored below a server', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'nexus-across-'));
    const { config, drop } = await databaseConfig();
    await fill(config, 'usr_first');
    const file = path.join(folder, 'backup.gz');
    await backUp(config, file);
    const wakes = new PostgresWakeChannel(config.url ?? '', new SystemClock());
    await wakes.start();
    const refused = restoreBackup(config, ENTITIES, file, { force: true });
    await expect(refused).rejects.toMatchObject({ code: 'database_in_use' });
    // A session may be listed for a moment after its server has ended.
    const stopSoon = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await wakes.stop();
    };
    await Promise.all([restoreBackup(config, ENTITIES, file, { force: true }), stopSoon()]);
    await drop();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });
});
