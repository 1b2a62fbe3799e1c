import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/client/index.js';
import { bearer, until } from '../support/api.js';
import { keptRelease } from '../fixtures/release.js';
import type { PostgresServer } from '../support/postgres-server.js';
import { Install } from './install.js';
import { giveKeptProgram } from './kept-program.js';
import { giveLaterPrograms, type LaterProgram } from './later-program.js';
import { killLeader, leaderOf } from './leader.js';
import { type Asked, OpenLoad } from './open-load.js';
import { givePostgres, startOutsideDatabase } from './outside-database.js';
import { type Made, runningAgents, tenantWithAgents } from './tenants-seen.js';

const VERSION = '0.1.0';
const NAMESPACE = 'nexus-replicas';
const AGENTS = ['ada', 'ben', 'cleo', 'dan'] as const;
/** Until Kubernetes has taken a server that was killed out of the Service. */
const ROUTED_WITHIN_MS = 2_000;
const BEFORE_AND_AFTER_MS = 3_000;
/** What a client sees of a process that is gone. */
const BROKEN = ['ECONNRESET', 'ECONNREFUSED', 'UND_ERR_SOCKET', 'EPIPE'];

describe('two servers on PostgreSQL, under load', () => {
  let postgres: PostgresServer;
  let install: Install;
  let client: Client;
  let tenant: Made;
  let values: string[];
  let later: (program: LaterProgram) => Promise<string[]>;

  beforeAll(async () => {
    [postgres, install] = await Promise.all([startOutsideDatabase(), Install.beside(NAMESPACE)]);
    values = await givePostgres(install, postgres);
    later = await giveLaterPrograms(install);
    const kept = await giveKeptProgram(install, VERSION);
    await install.install([...values, ...kept], keptRelease(VERSION).chart);
    client = await install.admin();
    tenant = await tenantWithAgents(client, AGENTS);
  });
  afterAll(async () => {
    await install?.remove();
    await postgres?.stop();
  });

  const load = async (name: string): Promise<OpenLoad> => {
    const headers = { ...bearer(await install.token()), 'x-tenant-id': tenant.id };
    const begun = OpenLoad.begin(name, { url: await install.url(), headers, agents: AGENTS });
    await pause();
    return begun;
  };
  const failuresOf = async (begun: OpenLoad): Promise<Asked[]> => {
    await pause();
    return (await begun.end()).filter(({ outcome }) => outcome !== 200);
  };

  /** Changes the program while it is used; gives the requests that failed, and the writes that are lost. */
  const whileUsed = async (name: string, change: () => Promise<unknown>): Promise<object> => {
    const before = (await install.pods()).map(({ metadata }) => metadata.uid);
    const begun = await load(name);
    await change();
    await until('the former servers are gone', async () => {
      const now = (await install.pods()).map(({ metadata }) => metadata.uid);
      return now.length === 2 && now.every((uid) => !before.includes(uid));
    });
    const failed = await failuresOf(begun);
    return { failed, lost: await begun.lost(client, tenant) };
  };

  it('fail no request of an upgrade across a migration, and lose no write', async () => {
    const upgrade = async () => install.upgrade([...values, ...(await later('first'))]);
    expect(await whileUsed('upgrade', upgrade)).toEqual({ failed: [], lost: [] });
  });

  it('fail only what was on its way to the leader when that is killed', async () => {
    const former = await leaderOf(install);
    const begun = await load('kill');
    const killedMs = begun.nowMs;
    await killLeader(install);
    await until('another one leads', async () => {
      const holder = await leaderOf(install);
      return holder !== '' && holder !== former;
    });
    await until('both serve', async () => {
      const ready = (await install.pods()).filter(
        (pod) => pod.status.containerStatuses?.[0]?.ready,
      );
      return ready.length === 2;
    });
    const failures = await failuresOf(begun);
    const wrong = failures.filter(
      ({ beganMs, endedMs, outcome }) =>
        !BROKEN.includes(String(outcome)) ||
        endedMs < killedMs ||
        beganMs > killedMs + ROUTED_WITHIN_MS,
    );
    expect(wrong, `killed after ${killedMs} ms; ${JSON.stringify(failures)}`).toEqual([]);
    expect(await begun.lost(client, tenant)).toEqual([]);
    await runningAgents(client, tenant, AGENTS);
  });

  it('fail no request of the way back, and lose no write', async () => {
    const back = async (): Promise<void> => {
      const said = await install.rollback(1);
      expect(said.code, said.stderr).toBe(0);
    };
    expect(await whileUsed('back', back)).toEqual({ failed: [], lost: [] });
    await runningAgents(client, tenant, AGENTS);
  });

  it('go on when a program is too old to go back to', async () => {
    await install.upgrade([...values, ...(await later('second'))]);
    const names = async (): Promise<string[]> => {
      const staying = (await install.pods()).filter(
        ({ metadata }) => metadata.deletionTimestamp === undefined,
      );
      return staying.map(({ metadata }) => metadata.name).toSorted();
    };
    const before = await names();
    const said = await install.rollback(1);
    expect(said.code).not.toBe(0);
    expect(said.stderr).toContain(`${NAMESPACE}-migrate`);
    expect(await names()).toEqual(before);
    await runningAgents(client, tenant, AGENTS);
  });
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, BEFORE_AND_AFTER_MS));
}
