import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  newPerson,
  PASSWORD,
  type Person,
  personOf,
  readyTenant,
  sdk,
  tenantWhen,
} from '../support/api.js';
import { fakeClock, fakeClockLibrary, stepClock } from '../support/fake-clock.js';
import { TestServer } from '../support/server.js';

const HOUR = 3_600;
const SUSPENDED_MS = 120_000;
const WATCHED_MS = 5_000;
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Nothing goes off again and again: the server does next to nothing, and says little. */
async function expectCalm(server: TestServer): Promise<void> {
  const before = { cpu: cpuSeconds(server.pid), lines: server.lines.length };
  await sleep(WATCHED_MS);
  expect(cpuSeconds(server.pid) - before.cpu).toBeLessThan((WATCHED_MS / 1000) * 0.3);
  expect(server.lines.length - before.lines).toBeLessThan(20);
}

async function expectConverges({ client }: Person, name: string): Promise<void> {
  expectData(await sdk.createAgent({ client, body: echoSpec(name) }), 201);
  await agentWhen(client, name, isRunning, { withinMs: 15_000 });
}

/** A process that is stopped for two minutes, and what became of it after that. */
async function suspended(): Promise<void> {
  const server = await TestServer.start();
  try {
    const owner = await newPerson(server);
    const { client } = owner;
    const tenant = await readyTenant(client);
    await expectConverges(owner, 'before');
    const node = await server.nodeOf(tenant.crName);
    process.kill(server.pid, 'SIGSTOP');
    const asked = sdk.createAgent({ client, body: echoSpec('asked') });
    await sleep(SUSPENDED_MS);
    process.kill(server.pid, 'SIGCONT');
    // A statement that was under way may have been given up, which is said, and a connection that
    // was idle for too long by then is closed; what is acknowledged is done.
    const status = (await asked).response?.status;
    expect([201, 503, undefined]).toContain(status);
    if (status === 201) await agentWhen(client, 'asked', isRunning);
    await expectConverges(owner, 'after');
    await tenantWhen(client, tenant.id, ({ ready }) => ready);
    await agentWhen(client, 'before', isRunning);
    expectData(await sdk.ready({ client }), 200);
    expect((await server.nodeOf(tenant.crName)).pid).toBe(node.pid);
    await expectCalm(server);
  } finally {
    process.kill(server.pid, 'SIGCONT');
    await server.close();
  }
}

describe('time', () => {
  let resumed: Promise<void>;
  let library: Awaited<ReturnType<typeof fakeClockLibrary>>;
  let folder: string;
  let clock: string;
  beforeAll(async () => {
    // Others are tried while this one waits.
    resumed = suspended();
    resumed.catch(() => undefined);
    library = await fakeClockLibrary();
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-clock-'));
    clock = path.join(folder, 'clock');
  });
  afterAll(async () => {
    await resumed.catch(() => undefined);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Somebody of a server whose clock steps after it has started, with the limits of a real one. */
  const withSteps = async (
    skip: (why: string) => void,
    work: (server: TestServer, owner: Person, tenant: sdk.Tenant) => Promise<void>,
  ): Promise<void> => {
    if (typeof library !== 'string') return skip(library.skip);
    await stepClock(clock, 0);
    const environment = { ...fakeClock(library, clock), NEXUS_AUTH_RATE_PER_MINUTE: '20' };
    const server = await TestServer.start({ environment });
    try {
      const owner = await newPerson(server);
      const tenant = await readyTenant(owner.client);
      await expectConverges(owner, 'before');
      await work(server, owner, tenant);
    } finally {
      await server.close();
    }
  };
  const logIn = async (server: TestServer, { session }: Person): Promise<Person> => {
    const body = { email: session.user.email, password: PASSWORD };
    return personOf(server, expectData(await sdk.login({ client: clientOf(server), body }), 200));
  };
  const dateOf = async (server: TestServer): Promise<number> => {
    const { data, response } = await sdk.alive({ client: clientOf(server) });
    expect(data).toBeDefined();
    return Date.parse(response?.headers.get('date') ?? '');
  };

  it('that is put an hour forward', async ({ skip }) => {
    await withSteps(skip, async (server, owner) => {
      await stepClock(clock, HOUR);
      await sleep(1_500);
      expect((await dateOf(server)) - Date.now()).toBeGreaterThan((HOUR - 60) * 1000);
      // Its fifteen minutes are over; the session goes on.
      expectError(await sdk.whoAmI({ client: owner.client }), 401, 'credential_invalid');
      const { refreshToken } = owner.session;
      const body = { refreshToken };
      const answer = await sdk.refresh({ client: clientOf(server), body });
      const again = personOf(server, expectData(answer, 200));
      await expectConverges(again, 'after');
      await agentWhen(again.client, 'before', isRunning);
      await expectCalm(server);
      // Whoever tried to log in then is not locked out for an hour when it is put right.
      for (let attempt = 0; attempt < 15; attempt++) await logIn(server, owner);
      await stepClock(clock, 0);
      const right = await logIn(server, owner);
      await expectConverges(right, 'right');
      await expectCalm(server);
    });
  });

  it('that is put an hour back', async ({ skip }) => {
    await withSteps(skip, async (server, owner, tenant) => {
      const body = { label: 'two hours', expiresIn: 2 * HOUR };
      const { rawKey } = expectData(
        await sdk.createTenantKey({ client: owner.client, path: { id: tenant.id }, body }),
        201,
      );
      await stepClock(clock, -HOUR);
      await sleep(1_500);
      expect((await dateOf(server)) - Date.now()).toBeLessThan(-(HOUR - 60) * 1000);
      expectData(await sdk.whoAmI({ client: owner.client }), 200);
      expectData(await sdk.whoAmI({ client: clientOf(server, { 'x-api-key': rawKey }) }), 200);
      await expectConverges(owner, 'after');
      await expectConverges(await logIn(server, owner), 'logged-in');
      const sessions = expectData(await sdk.listMySessions({ client: owner.client }), 200);
      expect(sessions).toHaveLength(2);
      await expectCalm(server);
      await stepClock(clock, 0);
      await expectConverges(owner, 'right');
    });
  });

  it('that passes while the process is suspended', async () => {
    await expect(resumed).resolves.toBeUndefined();
  });
});
