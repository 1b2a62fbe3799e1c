/** Kills of starts that make a database or bring one up to this version. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as sdk from '../../sdk/typescript/index.js';
import { createClient } from '../../sdk/typescript/client/index.js';
import { MIGRATIONS } from '../../src/platform/database/migrations/migrations.js';
import { nexusAdmin } from '../support/admin.js';
import type { FreshDatabase } from '../support/postgres.js';
import type { Random } from '../support/random.js';
import { ADMIN, TestServer } from '../support/server.js';
import { until } from '../support/until.js';
import { Violation } from './acknowledged.js';
import { specOf } from './agents.js';
import { acknowledged, Callers, type Fetch } from './callers.js';
import { killStart, sleep } from './kills.js';
import {
  appliedTo,
  fingerprint,
  makeOlder,
  type Newest,
  OLDER_SCHEMAS,
  putAside,
} from './older-database.js';

/** Makes an empty PostgreSQL; gives undefined for SQLite. */
export type NewDatabase = () => Promise<FreshDatabase | undefined>;

const MIGRATING = /"Migrating the database"/;
const FIRST_WINDOW_MS = 400;
const AGENTS = 4;
const REVISIONS = 3;
/** A kill that came too early or too late is no kill inside of a migration. */
const TRIES_EACH = 4;

/**
 * Kills the first start of an installation, which makes its own secrets and its admin, so many
 * times; the next one has to come up, and the admin has to get in.
 *
 * @returns how many of the kills came before the server was ready
 * @throws Violation
 */
export async function killFirstStarts(
  random: Random,
  kills: number,
  database: FreshDatabase | undefined,
): Promise<number> {
  const environment = { NEXUS_ADMIN_PASSWORD: '', NEXUS_JWT_SECRET: '', NEXUS_ENCRYPTION_KEY: '' };
  // Only the local driver comes without secrets.
  const server = await TestServer.create({ environment, database });
  try {
    // From well before the end of a start on: once one was ready, no later one is the first.
    let windowMs = FIRST_WINDOW_MS;
    let before = 0;
    for (let kill = 0; kill < kills; kill++) {
      const early = await killStart(server, () => sleep(random.between(windowMs / 4, windowMs)));
      before += Number(early);
      windowMs *= early ? 1.4 : 0.6;
    }
    await server.run();
    const file = path.join(server.dataDir, 'data', 'admin-password');
    const password = (await readFile(file, 'utf8')).trim();
    const client = createClient({ baseUrl: server.url });
    const answer = await sdk.login({ client, body: { email: ADMIN.email, password } });
    acknowledged('the log-in with the generated password', answer);
    return before;
  } finally {
    await server.close();
  }
}

/**
 * Kills starts while they migrate an older database, so many times; the next one has to finish
 * it, and nothing may be lost.
 *
 * @returns how many kills it took, those that came too early or too late included
 * @throws Violation
 */
export async function killMigrations(
  random: Random,
  inside: number,
  { fetch, newDatabase }: { fetch: Fetch; newDatabase: NewDatabase },
): Promise<number> {
  const server = await TestServer.start({ driver: 'none', database: await newDatabase() });
  const databases: FreshDatabase[] = [];
  try {
    const callers = await Callers.register(server, fetch, 1);
    await fill(callers);
    const before = await picture(callers);
    await server.stop();
    const newest = await putAside(server);
    const older = async (): Promise<void> => {
      const fresh = await newDatabase();
      if (fresh !== undefined) databases.push(fresh);
      await startOver(server, newest, random.pick(OLDER_SCHEMAS), fresh);
    };
    const migration = new KilledMigration(server, random, older);
    const kills = await migration.kill(inside);
    const { print, columns } = migration;
    await server.run();
    const after = await fingerprint(server, columns);
    for (const [table, rows] of print) {
      if (after.print.get(table) !== rows) throw new Violation(`${table} is not what it was`);
    }
    const names = MIGRATIONS.map(({ name }) => name);
    if (!isDeepStrictEqual(await appliedTo(server), names)) throw new Violation('not migrated');
    if (!isDeepStrictEqual(await picture(callers), before)) {
      throw new Violation('the API answers otherwise than before the migration');
    }
    const { code, stdout } = await nexusAdmin(server.settings, ['check']);
    if (code !== 0) throw new Violation(stdout);
    return kills;
  } finally {
    await server.close();
    for (const database of databases) await database.drop();
  }
}

class KilledMigration {
  print: ReadonlyMap<string, string> = new Map();
  columns: ReadonlyMap<string, readonly string[]> = new Map();
  private windowMs = FIRST_WINDOW_MS;

  constructor(
    private readonly server: TestServer,
    private readonly random: Random,
    private readonly makeOlder: () => Promise<void>,
  ) {}

  /** Kills until so many came in the middle; the database then is half-way. */
  async kill(inside: number): Promise<number> {
    await this.begin();
    let hits = 0;
    for (let kills = 1; kills <= inside * TRIES_EACH; kills++) {
      const announced = await this.killOnce();
      const isDone = (await appliedTo(this.server)).length === MIGRATIONS.length;
      if (announced && !isDone) hits++;
      if (hits === inside) return kills;
      if (isDone) {
        this.windowMs *= 0.7;
        await this.begin();
      }
    }
    throw new Error(`Only ${hits} kills came into a migration`);
  }

  private async begin(): Promise<void> {
    await this.makeOlder();
    ({ print: this.print, columns: this.columns } = await fingerprint(this.server));
  }

  /** Gives whether the migration had begun. */
  private async killOnce(): Promise<boolean> {
    const { server, random, windowMs } = this;
    server.lines.splice(0);
    const begun = (): boolean => server.lines.some((line) => MIGRATING.test(line));
    await killStart(server, async () => {
      await until('it migrates', async () => begun() || isReady(server));
      await sleep(random.between(0, windowMs));
    });
    return begun();
  }
}

function isReady({ lines }: TestServer): boolean {
  return lines.some((line) => line.includes('"Nexus is ready"'));
}

async function startOver(
  server: TestServer,
  newest: Newest,
  schema: number,
  fresh: FreshDatabase | undefined,
): Promise<void> {
  for (const end of ['', '-wal', '-shm']) {
    await rm(`${server.databaseFile}${end}`, { force: true });
  }
  await makeOlder(server, newest, schema, fresh);
}

/** Something of everything that the oldest schema can hold. */
async function fill({ owner: client, people }: Callers): Promise<void> {
  const answer = await sdk.createTenant({ client, body: { displayName: 'Migrated' } });
  const path = { id: acknowledged('tenant', answer).id };
  for (let n = 0; n < AGENTS; n++) {
    const name = `agent-${n}`;
    acknowledged(name, await sdk.createAgentInTenant({ client, path, body: specOf(name, 1) }));
    for (let mark = 2; mark <= REVISIONS; mark++) {
      const options = { client, path: { ...path, name }, body: specOf(name, mark) };
      acknowledged(name, await sdk.replaceAgentInTenant(options));
    }
  }
  for (const label of ['kept', 'revoked']) {
    const issued = await sdk.createTenantKey({ client, path, body: { label } });
    const { hash } = acknowledged(label, issued);
    if (label === 'kept') continue;
    const options = { client, path: { ...path, hash } };
    acknowledged('revocation', await sdk.revokeTenantKey(options));
  }
  const body = { email: people[0]?.email ?? '', role: 'viewer' } as const;
  acknowledged('member', await sdk.addMember({ client, path, body }));
}

/** What the API tells of all that. */
async function picture({ owner: client, admin }: Callers): Promise<unknown[]> {
  const tenants = acknowledged('tenants', await sdk.listTenants({ client }));
  const seen: unknown[] = [tenants, acknowledged('users', await sdk.listUsers({ client: admin }))];
  for (const { id } of tenants) {
    const of = { client, path: { id } };
    const agents = acknowledged('agents', await sdk.listAgentsInTenant(of));
    seen.push(agents, acknowledged('members', await sdk.listMembers(of)));
    seen.push(acknowledged('keys', await sdk.listTenantKeys(of)));
    seen.push(acknowledged('audit', await sdk.listTenantAudit(of)));
    for (const { name } of agents) {
      const options = { client, path: { id, name } };
      seen.push(acknowledged(name, await sdk.getAgentInTenant(options)));
      seen.push(acknowledged(name, await sdk.listAgentVersionsInTenant(options)));
    }
  }
  return seen;
}
