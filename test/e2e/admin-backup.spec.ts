import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nexusAdmin, type Ended } from '../support/admin.js';
import { clientOf, expectData, newPerson, type Person, sdk, theAdmin } from '../support/api.js';
import { contents, readBackup, rowsOf } from '../support/backups.js';
import { databaseConfig } from '../support/database.js';
import { TestServer } from '../support/server.js';
import { until } from '../support/until.js';

const WRITERS = 12;

/** People who keep making tenants, and remember what was acknowledged. */
class Load {
  readonly tried = new Set<string>();
  readonly done: string[] = [];
  private readonly writers: Promise<void>[] = [];
  private stopped = false;

  constructor(private readonly admin: Person) {}

  start(): void {
    for (let writer = 0; writer < WRITERS; writer++) this.writers.push(this.write(writer));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.writers);
  }

  private async write(writer: number): Promise<void> {
    for (let turn = 0; !this.stopped; turn++) {
      const displayName = `load ${writer} ${turn}`;
      this.tried.add(displayName);
      const body = { displayName };
      const answer = await sdk.createTenant({ client: this.admin.client, body });
      expectData(answer, 201);
      this.done.push(displayName);
    }
  }
}

// Each command is a process that loads the whole product.
describe('nexus-admin beside a busy server', { timeout: 180_000 }, () => {
  let server: TestServer;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-admin-'));
    server = await TestServer.start({ driver: 'none' });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  const admin = (...args: string[]): Promise<Ended> => nexusAdmin(server.settings, args);

  it('writes in between, and backs up one moment of it', async () => {
    const load = new Load(await theAdmin(server));
    load.start();
    await until('it is busy', async () => load.done.length > 100);
    const file = path.join(folder, 'busy.gz');
    const before = [...load.done];
    const [backup, ...commands] = await Promise.all([
      admin('backup', file),
      admin('create-key', '--name', 'busy', '--scope', 'admin'),
      admin('create-admin', 'busy@example.com'),
    ]);
    const after = new Set(load.tried);
    const doneMeanwhile = load.done.length - before.length;
    await load.stop();
    expect([backup, ...commands].map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: expect.stringContaining('rows.') },
      { code: 0, stderr: '' },
      { code: 0, stderr: expect.stringContaining('was created') },
    ]);
    expect(doneMeanwhile).toBeGreaterThan(0);
    const whole = readBackup(file);
    const tenants = rowsOf(whole, 'tenants');
    const names = tenants.map((tenant) => tenant['display_name'] as string);
    expect(before.filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => !after.has(name))).toEqual([]);
    // One moment: what a unit of work wrote is there together, or not at all.
    const ids = tenants.map(({ id }) => String(id)).sort();
    const members = rowsOf(whole, 'tenant_members').map((row) => String(row['tenant_id']));
    expect(members.sort()).toEqual(ids);
    const audited = rowsOf(whole, 'audit_entries').filter(
      ({ action }) => action === 'tenant.created',
    );
    expect(audited.map((entry) => String(entry['tenant_id'])).sort()).toEqual(ids);
  });

  it('restores what it backed up once the server has stopped, and not before', async () => {
    const person = await newPerson(server);
    const body = { displayName: 'Kept' };
    const kept = expectData(await sdk.createTenant({ client: person.client, body }), 201);
    const key = (await admin('create-key', '--name', 'kept', '--scope', 'admin')).stdout.trim();
    const file = path.join(folder, 'quiet.gz');
    expect(await admin('backup', file)).toMatchObject({ code: 0 });
    const lost = { displayName: 'Lost' };
    expectData(await sdk.createTenant({ client: person.client, body: lost }), 201);
    const refused = await admin('restore', file, '--force');
    expect([1, 78]).toContain(refused.code);
    expect(refused.stderr).toMatch(/in use by process|A server works on the database/);
    expect(await server.stop()).toBe(0);
    const full = await admin('restore', file);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') });
    const restored = await admin('restore', file, '--force');
    expect(restored).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/ rows of [^]*encryption key was not in the backup/),
    });
    const again = path.join(folder, 'again.gz');
    expect(await admin('backup', again)).toMatchObject({ code: 0 });
    const [whole, before] = [readBackup(again), readBackup(file)];
    // The restore is told of in what was restored, and nothing else is new.
    const entry = rowsOf(whole, 'audit_entries').find(
      ({ action }) => action === 'database.restored',
    );
    expect(entry).toMatchObject({
      actor_kind: 'system',
      actor_id: 'nexus-admin',
      detail: expect.stringContaining(before.manifest.takenAt),
    });
    const audit = whole.tables.find(({ table }) => table === 'audit_entries');
    expect(audit?.rows.pop()).toContain('database.restored');
    if (audit?.identity !== undefined) audit.identity.last -= 1;
    expect(contents(whole)).toEqual(contents(before));
    expect(await admin('check')).toMatchObject({ code: 0 });
    await server.run();
    const client = clientOf(server, person.headers);
    const seen = expectData(await sdk.listTenants({ client }), 200);
    expect(seen.map(({ id }) => id)).toEqual([kept.id]);
    const keyed = clientOf(server, { 'x-api-key': key });
    expectData(await sdk.getTenant({ client: keyed, path: { id: kept.id } }), 200);
    // The next number of the audit is free.
    expectData(await sdk.createTenant({ client, body: { displayName: 'Later' } }), 201);
  });

  it('migrates nothing that is of this version, and never below a server on SQLite', async () => {
    const { code, stderr } = await admin('migrate');
    const sqlite = process.env['TEST_DATABASE'] !== 'postgres';
    expect(code).toBe(sqlite ? 78 : 0);
    expect(stderr).toMatch(sqlite ? /in use by process/ : /of this version already/);
  });

  it('makes a database where there is none, and the audit tells of it', async () => {
    const { config, drop } = await databaseConfig();
    const { DATABASE_URL: _, ...rest } = server.settings;
    const settings = {
      ...rest,
      NEXUS_DATA_DIR: config.dataDir,
      ...(config.url === undefined ? {} : { DATABASE_URL: config.url }),
    };
    const made = await nexusAdmin(settings, ['migrate']);
    expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Migrated: Initial/) });
    const again = await nexusAdmin(settings, ['migrate']);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('already') });
    const file = path.join(folder, 'made.gz');
    expect(await nexusAdmin(settings, ['backup', file])).toMatchObject({ code: 0 });
    const entries = rowsOf(readBackup(file), 'audit_entries');
    expect(entries).toMatchObject([{ actor_id: 'nexus-admin', action: 'database.migrated' }]);
    await drop();
  });
});
