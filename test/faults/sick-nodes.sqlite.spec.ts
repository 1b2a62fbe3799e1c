import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  type Person,
  raw,
  readyTenant,
  sdk,
  tenantWhen,
  until,
} from '../support/api.js';
import { describeFare, type Fare, fareOf, slowerThan } from '../support/healthy-tenant.js';
import { AS_IT_IS_STARTED, residentMb, watchMemory } from '../support/resources.js';
import { portBlock, TestServer } from '../support/server.js';
import { makeSick, type Sickness, sickNodeCommand } from '../support/sickness.js';

const SICK_AGENTS = 60;
const MEASURED_MS = 2_000;
/**
 * Whoever has to wait for a sick node waits for two seconds at least. On two busy cores the callers
 * of the sick one, a hundred of them, come to a quarter of a second by themselves.
 */
const SLOWER_AT_MOST = { half: 500, slowest: 1_800 };
const CALLERS = 8;
/** What the largest answers that are read, and what is left of them, may come to. */
const MOST_GROWN_MB = 200;

interface Case {
  what: string;
  sickness: Sickness;
  /** How many callers ask it. */
  count?: number;
  /** What some of them are told. */
  told?: string;
  /** What the tenant says of its node. */
  reason?: RegExp;
}

/** What callers of a sick node may be told. */
const HONEST = new Set([
  '200',
  '404 agent_not_running',
  '502 node_error',
  '502 node_unreachable',
  '504 node_timeout',
]);

// One tenant's node is sick, another tenant must not notice. On SQLite alone: nothing of a node is
// kept in the database while it is asked, and what is written afterwards is the same on both.
describe('a sick node', () => {
  let server: TestServer;
  let well: Person;
  let ill: Person;
  let tenant: sdk.Tenant;
  /** How others fare when nobody is sick. */
  let usual: Fare;
  beforeAll(async () => {
    const environment = {
      ...AS_IT_IS_STARTED,
      NEXUS_NODE_COMMAND: sickNodeCommand(),
      NEXUS_NODE_START_TIMEOUT: '3',
      NEXUS_RESYNC_SECONDS: '1',
      NEXUS_RUN_TIMEOUT: '4',
    };
    server = await TestServer.start({ environment });
    well = await newPerson(server);
    await readyTenant(well.client);
    await create(well, 'bot');
    ill = await newPerson(server);
    tenant = await readyTenant(ill.client);
    const body = { resourceQuota: { maxAgents: 2 * SICK_AGENTS } };
    expectData(await sdk.updateTenant({ client: ill.client, path: { id: tenant.id }, body }), 200);
    for (const name of names) await create(ill, name);
    for (const name of ['bot', names.at(-1) ?? '']) {
      await agentWhen((name === 'bot' ? well : ill).client, name, isRunning);
    }
    usual = await measured();
    process.stdout.write(describeFare('beside a node that is well', usual));
  });
  afterAll(() => server.close());

  const names = Array.from({ length: SICK_AGENTS }, (_, at) => `ill-${at}`);
  const create = async ({ client }: Person, name: string): Promise<void> => {
    expectData(await sdk.createAgent({ client, body: echoSpec(name) }), 201);
  };
  const measured = (): Promise<Fare> => fareOf(well, MEASURED_MS);
  /** Gives the reconciler work on every agent of the tenant that is ill. */
  const changeAll = async (mark: string): Promise<void> => {
    for (const name of names) {
      const body = echoSpec(name, { prompts: { system: mark } });
      expectData(await sdk.replaceAgent({ client: ill.client, path: { name }, body }), 200);
    }
  };
  /** Callers that ask the sick node again and again; ends with what they were told. */
  const callers = (count: number): (() => Promise<Set<string>>) => {
    const told = new Set<string>();
    const leaving = new AbortController();
    const keep = async (): Promise<void> => {
      while (!leaving.signal.aborted) {
        const path = { name: names[0] ?? '' };
        const answer = await sdk.runAgent({ client: ill.client, path, body: { query: 'x' } });
        const { code = '' } = (answer.error ?? {}) as { code?: string };
        told.add(`${answer.response?.status} ${code}`.trim());
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const all = Promise.all(Array.from({ length: count }, keep));
    return async () => {
      leaving.abort();
      await all;
      return told;
    };
  };
  const isReady = (withinMs?: number): Promise<sdk.Tenant> =>
    tenantWhen(ill.client, tenant.id, ({ ready }) => ready, withinMs);
  /** What the tenant says of its node, until it is told to stop. */
  const watchReasons = (): { reasons: Set<string>; stop: () => void } => {
    const reasons = new Set<string>();
    const timer = setInterval(() => {
      void sdk.getTenant({ client: ill.client, path: { id: tenant.id } }).then(({ data }) => {
        const [ready] = data?.conditions ?? [];
        if (ready !== undefined) reasons.add(`${ready.reason}: ${ready.message}`);
      });
    }, 100);
    return { reasons, stop: () => clearInterval(timer) };
  };

  it.each<Case>([
    {
      what: 'chatty',
      sickness: { kind: 'chatty', agent: names[0] ?? '' },
      told: '200',
      reason: /^NodeReady/,
    },
    { what: 'slow', sickness: { kind: 'slow', ms: 2_000 }, told: '200', reason: /^NodeReady/ },
    {
      // More runs at a time than connections for checks, each as slow as a model may be.
      what: 'slow to run',
      sickness: { kind: 'slow', ms: 3_500, only: '/run$' },
      count: 100,
      told: '200',
      reason: /^NodeReady/,
    },
    {
      what: 'large in runs',
      sickness: { kind: 'large', only: '/run$' },
      count: 4,
      told: '502 node_error',
    },
    { what: 'cut in runs', sickness: { kind: 'cut', only: '/run$' }, told: '502 node_error' },
    { what: 'short in runs', sickness: { kind: 'short', only: '/run$' }, told: '502 node_error' },
    { what: 'long', sickness: { kind: 'long' }, reason: /^NodeNotAnswering: .* 3000 ms/ },
    {
      what: 'large',
      sickness: { kind: 'large' },
      reason: /^NodeNotAnswering: .*larger than 8 MiB/,
    },
    { what: 'html', sickness: { kind: 'html' }, reason: /^NodeNotAnswering: .*not from a node/ },
    { what: 'cut', sickness: { kind: 'cut' }, reason: /^NodeNotAnswering: .*broke off/ },
    { what: 'hung', sickness: { kind: 'hung' }, reason: /^NodeNotAnswering: .* 3000 ms/ },
    { what: 'deaf', sickness: { kind: 'deaf' }, reason: /^NodeReady/ },
    { what: 'crashing', sickness: { kind: 'crash' }, reason: /^NodeKeepsEnding: .*exited with 3/ },
  ])('that is $what does not slow others', async ({ what, sickness, count, told, reason }) => {
    await isReady();
    const before = residentMb(server.pid);
    const mostMb = watchMemory(server.pid);
    await makeSick(server, tenant.crName, sickness);
    const { reasons, stop } = watchReasons();
    const leave = callers(count ?? CALLERS);
    await changeAll(what);
    const fare = await measured();
    if (reason !== undefined) {
      await until(`a reason like ${reason.source}`, async () =>
        [...reasons].some((text) => reason.test(text)),
      );
    }
    await makeSick(server, tenant.crName, undefined);
    const seen = await leave();
    stop();
    const grownMb = mostMb() - before;
    process.stdout.write(describeFare(`beside ${what}, +${grownMb.toFixed(0)} MB`, fare));
    expect(fare.wrong).toEqual([]);
    const slower = slowerThan(usual, fare);
    expect(slower.half).toBeLessThan(SLOWER_AT_MOST.half);
    expect(slower.slowest).toBeLessThan(SLOWER_AT_MOST.slowest);
    expect([...seen].filter((one) => !HONEST.has(one))).toEqual([]);
    expect([...seen]).toEqual(expect.arrayContaining(told === undefined ? [] : [told]));
    expect((await raw(server, 'GET', '/readyz')).response.status).toBe(200);
    expect(grownMb).toBeLessThan(MOST_GROWN_MB);
  });

  it('heals, with everything that was asked of it meanwhile', async () => {
    await isReady();
    await changeAll('well again');
    for (const name of names) await agentWhen(ill.client, name, isRunning);
    const path = { name: names[0] ?? '' };
    const run = await sdk.runAgent({ client: ill.client, path, body: { query: 'well?' } });
    expect(expectData(run, 200).answer).toContain('well?');
  });
});

describe('a node that never answers', () => {
  it('does not keep others from being started, however few may start at a time', async () => {
    const environment = { NEXUS_NODE_COMMAND: sickNodeCommand(), NEXUS_LOCAL_STARTS: '1' };
    const server = await TestServer.start({ environment });
    try {
      const { client } = await newPerson(server);
      const deaf = await readyTenant(client, 'Deaf');
      await makeSick(server, deaf.crName, { kind: 'deaf' });
      process.kill((await server.nodeOf(deaf.crName)).pid, 'SIGKILL');
      const isStarting = (one: sdk.Tenant): boolean => one.conditions[0]?.reason === 'NodeStarting';
      await tenantWhen(client, deaf.id, isStarting);
      const { id } = expectData(
        await sdk.createTenant({ client, body: { displayName: 'Next' } }),
        201,
      );
      // Half of the time that a node is given to start.
      await tenantWhen(client, id, ({ ready }) => ready, 15_000);
      const { data } = await sdk.getTenant({ client, path: { id: deaf.id } });
      expect(data?.conditions[0]).toMatchObject({ reason: 'NodeStarting', status: 'False' });
    } finally {
      await server.close();
    }
  });
});

describe('the ports of nodes', () => {
  const listenOn = (port: number): Promise<Server> =>
    new Promise((resolve, reject) => {
      const listener = createServer((socket) => socket.destroy());
      listener.once('error', reject);
      listener.listen(port, '127.0.0.1', () => resolve(listener));
    });

  it('that others have taken are told of, and used when they are free', async () => {
    const first = Number(portBlock().split('-')[0]);
    const ports = [first, first + 1, first + 2];
    const strangers = await Promise.all(ports.map(listenOn));
    const environment = { NEXUS_NODE_PORTS: `${first}-${first + 2}`, NEXUS_RESYNC_SECONDS: '1' };
    const server = await TestServer.start({ environment });
    try {
      const { client } = await newPerson(server);
      const body = { displayName: 'Without a port' };
      const { id } = expectData(await sdk.createTenant({ client, body }), 201);
      const seen = await tenantWhen(client, id, ({ phase }) => phase === 'Error');
      expect(seen.conditions[0]).toMatchObject({ reason: 'NodeOperationFailed', status: 'False' });
      expect(seen.conditions[0]?.message).toMatch(/All ports from \d+ to \d+ are in use/);
      strangers[1]?.close();
      await tenantWhen(client, id, ({ ready }) => ready);
    } finally {
      for (const stranger of strangers) stranger.close();
      await server.close();
    }
  });
});
