import { chown, copyFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { keptRelease } from '../fixtures/release.js';
import { agentWhen, echoSpec, expectData, until } from '../support/api.js';
import { Install } from './install.js';
import { giveKeptProgram } from './kept-program.js';
import { giveLaterPrograms, type LaterProgram } from './later-program.js';
import { type Database, lostRows, migrationsOf, rowsOf } from './rows-that-stay.js';
import { ask, nodePods, runningAgents } from './tenants-seen.js';
import { addVolume } from './volumes.js';

const VERSION = '0.1.0';
const NAMESPACE = 'nexus-upgrade';
const SECRET = 'kept-secrets';
const USER = 1000;
/** On the volume of the database. */
const BACKUP = '/var/lib/nexus/before.backup';
/** For what will not become ready. */
const IMPATIENCE = ['--timeout', '20s'];
const { chart, database: keptDatabase, known } = keptRelease(VERSION);

interface Found {
  lost: string[];
  specs: Record<string, sdk.AgentSpec>;
  answer: unknown;
  pods: object[];
  seesPaused: boolean;
  restarts: (number | undefined)[];
}

// In their order: each goes on from where the one before it ended.
describe(`a database of ${VERSION} on SQLite`, () => {
  let install: Install;
  let values: string[];
  let later: (program: LaterProgram) => Promise<string[]>;
  let database: Database;
  let rows: string[];
  let whole: Found;

  beforeAll(async () => {
    install = await Install.beside(NAMESPACE);
    const { admin, facts } = install.cluster;
    const claim = { namespace: NAMESPACE, name: `${NAMESPACE}-data` };
    const folder = await addVolume(admin, facts.folder, 'kept', claim);
    const databaseFile = path.join(folder, 'nexus.db');
    database = { databaseUrl: undefined, databaseFile };
    await copyFile(keptDatabase, databaseFile);
    await chown(databaseFile, USER, USER);
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: NAMESPACE, name: SECRET },
      stringData: known.secret,
    });
    values = ['--set', `secrets.existingSecret=${SECRET}`];
    later = await giveLaterPrograms(install);
    await install.install([...values, ...(await giveKeptProgram(install, VERSION))], chart);
    await settled(await grace());
    rows = await rowsOf(database);
  });
  afterAll(() => install?.remove());

  /** Whoever the database was made by, and still knows. */
  const grace = async (): Promise<Client> => {
    const { email, password } = known;
    const answer = await sdk.login({ client: await install.anybody(), body: { email, password } });
    return install.client(expectData(answer, 200).accessToken);
  };
  /** The specs of the agents that run, once each of the tenant's is as it is wanted. */
  const settled = async (client: Client): Promise<Record<string, sdk.AgentSpec>> => {
    const headers = { 'x-tenant-id': known.tenant.id };
    await agentWhen(client, known.paused, ({ phase }) => phase === 'Paused', { headers });
    return runningAgents(client, known.tenant, known.running);
  };
  /** What is to be the same after everything that is done here. */
  const found = async (): Promise<Found> => {
    const client = await grace();
    const [first = ''] = known.running;
    const specs = await settled(client);
    const byKey = await sdk.listAgents({
      client: await install.anybody(),
      headers: { 'x-api-key': known.key },
    });
    return {
      lost: await lostRows(database, rows),
      specs,
      answer: await ask(client, known.tenant, first, 'Still there?'),
      pods: await nodePods(install, known.tenant),
      seesPaused: expectData(byKey, 200).some(({ name }) => name === known.paused),
      restarts: (await install.pods()).map(
        ({ status }) => status.containerStatuses?.[0]?.restartCount,
      ),
    };
  };

  /** What it said, in the pod of the server. */
  const nexusAdmin = async (...words: string[]): Promise<string> => {
    const target = ['exec', '-n', NAMESPACE, `deploy/${NAMESPACE}`, '--', 'nexus-admin'];
    const { stdout, stderr } = await install.kubectl(...target, ...words);
    return stdout + stderr;
  };

  it('is served by its own program', async () => {
    const specs = await settled(await grace());
    const pods = await nodePods(install, known.tenant);
    const answer = expect.stringContaining('Still there?') as string;
    whole = { lost: [], specs, answer, pods, seesPaused: true, restarts: [0] };
    expect(await found()).toEqual(whole);
    expect(await nexusAdmin('backup', BACKUP)).toContain(BACKUP);
  });

  it('is taken over by this one, and migrated', async () => {
    await install.upgrade([...values, ...(await later('first'))]);
    expect(await migrationsOf(database)).toContain('Later2000000000001');
    expect(await found()).toEqual(whole);
    const client = await grace();
    const headers = { 'x-tenant-id': known.tenant.id };
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('newcomer') }), 201);
    await runningAgents(client, known.tenant, ['newcomer']);
  });

  it('is served by the former program again, with what came since', async () => {
    const said = await install.rollback(1);
    expect(said.code, said.stderr).toBe(0);
    expect(await found()).toEqual(whole);
    await runningAgents(await grace(), known.tenant, ['newcomer']);
  });

  it('has a program that is too old for it wait, alive and not ready', async () => {
    await install.upgrade([...values, ...(await later('second'))]);
    expect(await found()).toEqual(whole);
    const said = await install.rollback(1, ...IMPATIENCE);
    expect(said.code).not.toBe(0);
    const [server] = await install.pods();
    expect(server?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [{ ready: false, restartCount: 0 }],
    });
    const ready = await fetch(`http://${server?.status.podIP}:8080/readyz`);
    expect(ready.status).toBe(503);
    const { checks } = (await ready.json()) as { checks: Record<string, string> };
    expect(checks['database']).toMatch(/migrated by a newer version .* install the newer version/);
    const { stdout } = await install.kubectl('-n', NAMESPACE, 'logs', `deploy/${NAMESPACE}`);
    expect(stdout).toContain('Waiting for a database that can be used');
  });

  it('is used by the one that waits as soon as a backup of before is put back', async () => {
    expect(await nexusAdmin('restore', BACKUP, '--force')).toMatch(/rows of .* were restored/);
    await until('it serves', async () => {
      const [server] = await install.pods();
      return server?.status.containerStatuses?.[0]?.ready;
    });
    expect(await found()).toEqual(whole);
    // What the backup does not have, the cluster has.
    await runningAgents(await grace(), known.tenant, ['newcomer']);
  });

  it('is migrated again when the newer program is back', async () => {
    await install.upgrade([...values, ...(await later('second'))]);
    expect(await found()).toEqual(whole);
  });
});
