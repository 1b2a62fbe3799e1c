import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentVersionEntity } from '../../src/agents/agent-version.entity.js';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { ENTITIES } from '../../src/app.module.js';
import { AuditEntryEntity } from '../../src/audit/audit-entry.entity.js';
import { ConfigError } from '../../src/config/config-error.js';
import type { DatabaseConfig } from '../../src/config/database.config.js';
import { verifyBackup } from '../../src/platform/database/backup/backup-reader.js';
import { writeBackup } from '../../src/platform/database/backup/backup-writer.js';
import { restoreBackup } from '../../src/platform/database/backup/restore.js';
import { Database } from '../../src/platform/database/database.js';
import { MIGRATIONS } from '../../src/platform/database/migrations/migrations.js';
import { openSnapshot } from '../../src/platform/database/snapshot.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { UserEntity } from '../../src/users/user.entity.js';
import { contents, readBackup, rowsOf, writeBackupFile } from '../support/backups.js';
import { databaseConfig } from '../support/database.js';
import { agentRow, tenantRow, userRow } from '../support/rows.js';

const FACTS = { product: '0.0.0', takenAt: '2026-01-01T00:00:00.000Z' };
const ODD = 'line\u2028separator\u2029 "quotes" \\ emoji 🙂 tab\t newline\n end';
const ENTRIES = 250;

/** Backs a database up as it is. */
async function backUp(config: DatabaseConfig, file: string): Promise<number> {
  const database = await Database.open(config, ENTITIES);
  const snapshot = await openSnapshot(config);
  try {
    return await writeBackup(snapshot, database.tables, FACTS, file);
  } finally {
    await snapshot.close();
    await database.close();
  }
}

function auditEntry(target: string): object {
  const actor = { actorKind: 'user', actorId: 'usr_1', actorLabel: 'a@example.com' };
  const rest = { tenantId: null, outcome: 'done', requestId: null, detail: '{}' };
  return { at: '2026-01-01T00:00:00.000Z', action: 'thing.done', target, ...actor, ...rest };
}

describe('a backup', () => {
  let folder = '';
  let file = '';
  const drops: (() => Promise<void>)[] = [];
  const fresh = async (): Promise<DatabaseConfig> => {
    const { config, drop } = await databaseConfig();
    drops.push(drop);
    return config;
  };
  /** A fresh database with one user in it. */
  const occupied = async (): Promise<DatabaseConfig> => {
    const config = await fresh();
    const database = await Database.open(config, ENTITIES);
    await database.units.run((tx) => tx.manager.insert(UserEntity, userRow('usr_other')));
    await database.close();
    return config;
  };
  const users = async (config: DatabaseConfig): Promise<string[]> => {
    const database = await Database.open(config, ENTITIES);
    const rows = await database.reader.manager.find(UserEntity);
    await database.close();
    return rows.map(({ id }) => id).sort();
  };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nexus-backup-'));
    file = path.join(folder, 'whole.gz');
    const config = await fresh();
    const database = await Database.open(config, ENTITIES);
    await database.units.run(async (tx) => {
      await tx.manager.insert(UserEntity, [
        { ...userRow('usr_1'), displayName: ODD, role: 'admin' },
        { ...userRow('usr_2'), disabled: true },
      ]);
      await tx.manager.insert(TenantEntity, tenantRow({ displayName: ODD }));
      await tx.manager.insert(AgentEntity, agentRow({ version: null, model: null }));
      const version = { agentId: 'agt_1', revision: 1, spec: '{}', version: null };
      const made = { createdBy: 'usr_1', createdAt: '2026-01-01T00:00:00.000Z' };
      await tx.manager.insert(AgentVersionEntity, { ...version, ...made });
      for (let number = 0; number < ENTRIES; number++) {
        await tx.manager.insert(AuditEntryEntity, auditEntry(`target ${number}`));
      }
      await tx.manager.delete(AuditEntryEntity, { target: `target ${ENTRIES - 1}` });
      await tx.manager.delete(AuditEntryEntity, { target: 'target 7' });
    });
    await database.close();
    await backUp(config, file);
  });
  afterAll(async () => {
    for (const drop of drops) await drop();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  });

  it('holds every table, for its owner alone, and says what it is', async () => {
    const { manifest, tables } = readBackup(file);
    expect(manifest).toMatchObject(FACTS);
    expect(manifest.migrations).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(tables.map(({ table }) => table)).toEqual(manifest.tables);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await verifyBackup(file)).toMatchObject({ rows: 5 + ENTRIES - 2 });
    expect(rowsOf(readBackup(file), 'users')).toMatchObject([
      { id: 'usr_1', display_name: ODD, disabled: false },
      { id: 'usr_2', disabled: true },
    ]);
  });

  it('leaves no table of the database out', async () => {
    const config = await fresh();
    const database = await Database.open(config, ENTITIES);
    const rows: { name: string }[] = await database.reader.manager.query(
      config.url === undefined
        ? `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`
        : `SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()`,
    );
    const there = rows.map(({ name }) => name).sort();
    expect(there).toEqual([...database.tables, 'migrations', 'schema_info'].sort());
    await database.close();
  });

  it('gives the same database back, and the next number after it', async () => {
    const config = await fresh();
    const restored = await restoreBackup(config, ENTITIES, file, { force: false });
    expect(restored).toMatchObject({ rows: 5 + ENTRIES - 2, migrated: [] });
    const again = path.join(folder, 'again.gz');
    await backUp(config, again);
    expect(contents(readBackup(again))).toEqual(contents(readBackup(file)));
    const database = await Database.open(config, ENTITIES);
    expect(database.migrated).toEqual([]);
    await database.units.run((tx) => tx.manager.insert(AuditEntryEntity, auditEntry('next')));
    const next = await database.reader.manager.findOneByOrFail(AuditEntryEntity, {
      target: 'next',
    });
    expect(next.number).toBe(ENTRIES + 1);
    await database.close();
  });

  it('goes into a database that holds something only when it is told to replace it', async () => {
    const config = await occupied();
    const refused = restoreBackup(config, ENTITIES, file, { force: false });
    await expect(refused).rejects.toMatchObject({ code: 'database_not_empty' });
    expect(await users(config)).toEqual(['usr_other']);
    await restoreBackup(config, ENTITIES, file, { force: true });
    expect(await users(config)).toEqual(['usr_1', 'usr_2']);
  });

  it('leaves nothing of a newer version that it replaces', async () => {
    const config = await occupied();
    const database = await Database.open(config, ENTITIES);
    await database.units.run(async (tx) => {
      await tx.manager.query('CREATE TABLE later_things (id text PRIMARY KEY)');
      const columns = 'INSERT INTO migrations (timestamp, name) VALUES';
      await tx.manager.query(`${columns} (2000000000001, 'Later2000000000001')`);
    });
    await database.close();
    await restoreBackup(config, ENTITIES, file, { force: true });
    const after = await Database.open(config, ENTITIES);
    await expect(after.reader.manager.query('SELECT * FROM later_things')).rejects.toThrow(
      'later_things',
    );
    await after.close();
    expect(await users(config)).toEqual(['usr_1', 'usr_2']);
  });

  it('changes nothing when it is cut off, changed, or no backup', async () => {
    const config = await occupied();
    const bytes = readFileSync(file);
    const text = gunzipSync(bytes).toString('utf8');
    const lines = text.trimEnd().split('\n');
    const bad: Record<string, Buffer> = {
      'cut off': bytes.subarray(0, bytes.length - 40),
      'without its end': gzipSync(`${lines.slice(0, -1).join('\n')}\n`),
      'without a row': gzipSync(
        `${lines.filter((line) => !line.includes('target 9"')).join('\n')}\n`,
      ),
      'changed in place': gzipSync(text.replace('"usr_2"', '"usr_3"')),
      'something else': gzipSync('{"a":1}\n'),
      'not packed': Buffer.from('hello'),
      empty: Buffer.alloc(0),
    };
    for (const [name, content] of Object.entries(bad)) {
      const broken = path.join(folder, 'broken.gz');
      writeFileSync(broken, content);
      const refused = restoreBackup(config, ENTITIES, broken, { force: true });
      await expect(refused, name).rejects.toMatchObject({ code: 'backup_invalid' });
    }
    const missing = restoreBackup(config, ENTITIES, `${file}.missing`, { force: true });
    await expect(missing).rejects.toMatchObject({ code: 'backup_unreadable' });
    expect(await users(config)).toEqual(['usr_other']);
  });

  it('changes nothing when the database refuses a row of it', async () => {
    const config = await occupied();
    const whole = readBackup(file);
    const members = whole.tables.find(({ table }) => table === 'tenant_members');
    members?.rows.push(['t_1', 'usr_nobody', 'owner', '2026-01-01T00:00:00.000Z']);
    const broken = path.join(folder, 'orphan.gz');
    writeBackupFile(broken, whole);
    const refused = restoreBackup(config, ENTITIES, broken, { force: true });
    await expect(refused).rejects.toThrow(/foreign key/i);
    expect(await users(config)).toEqual(['usr_other']);
  });

  it('of a newer version is refused', async () => {
    const config = await occupied();
    const { manifest, tables } = readBackup(file);
    const newer = path.join(folder, 'newer.gz');
    const migrations = [...manifest.migrations, 'FromTheFuture1999999999999'];
    writeBackupFile(newer, { manifest: { ...manifest, migrations }, tables });
    const refused = restoreBackup(config, ENTITIES, newer, { force: true });
    await expect(refused).rejects.toThrow(ConfigError);
    await expect(refused).rejects.toThrow(/newer version/);
    expect(await users(config)).toEqual(['usr_other']);
  });

  it('of an older version is brought up to this one', async () => {
    const config = await fresh();
    const older = path.join(folder, 'older.gz');
    const at = '2026-01-01T00:00:00.000Z';
    const columns = 'id,email,display_name,password_hash,role,disabled,created_at,updated_at';
    writeBackupFile(older, {
      manifest: {
        ...readBackup(file).manifest,
        migrations: ['Initial1764000000000'],
        tables: ['users'],
      },
      tables: [
        {
          table: 'users',
          columns: columns.split(','),
          rows: [['usr_old', 'old@example.com', 'Old', 'x', 'admin', false, at, at]],
        },
      ],
    });
    const { migrated } = await restoreBackup(config, ENTITIES, older, { force: false });
    expect(migrated).toEqual(MIGRATIONS.slice(1).map(({ name }) => name));
    const database = await Database.open(config, ENTITIES);
    expect(database.migrated).toEqual([]);
    await database.close();
    expect(await users(config)).toEqual(['usr_old']);
  });
});
