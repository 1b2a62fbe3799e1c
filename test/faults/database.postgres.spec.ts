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
  type Person,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import {
  crash,
  cutConnections,
  hang,
  lockTable,
  takeConnections,
} from '../support/postgres-faults.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { TestServer } from '../support/server.js';
import { runServer } from '../support/server-process.js';
import { type Outcome, SteadyLoad } from '../support/steady-load.js';

const WITHIN_MS = 5_000;
const GONE_MS = 60_000;
const BROKEN_MS = 8_000;
/** The lease is tried for every two seconds, the node is asked, and the machine is busy. */
const RECOVERED_WITHIN_MS = 20_000;
const NAMES = ['w1', 'w2', 'w3'];

/** A server with a node, and one that only serves, on a PostgreSQL of their own. */
class Installation {
  private agents = 0;

  private constructor(
    readonly postgres: PostgresServer,
    readonly server: TestServer,
    private readonly beside: TestServer,
    readonly owner: Person,
  ) {}

  static async start(): Promise<Installation> {
    const settings = { max_connections: 25, synchronous_commit: 'on' };
    const postgres = await startPostgres({ settings });
    const environment = { DATABASE_URL: postgres.url, NEXUS_RESYNC_SECONDS: '300' };
    const server = await TestServer.start({ environment });
    const beside = await TestServer.start({ environment, driver: 'none' });
    const owner = await newPerson(server);
    await readyTenant(owner.client);
    return new Installation(postgres, server, beside, owner);
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.beside.close();
    await this.postgres.stop();
  }

  /** Breaks something while requests come in, and mends it; gives what the requests saw. */
  async during(work: () => Promise<void>): Promise<Outcome> {
    const load = await SteadyLoad.start(this.owner, NAMES);
    await sleep(500);
    await work();
    await this.recovers();
    const outcome = await load.stop();
    for (const name of NAMES) {
      await agentWhen(this.owner.client, name, isRunning);
      expectData(await sdk.deleteAgent({ client: this.owner.client, path: { name } }), 200);
      await until(`${name} is gone`, async () => {
        const { response } = await sdk.getAgent({ client: this.owner.client, path: { name } });
        return response?.status === 404;
      });
    }
    return outcome;
  }

  /** Without anybody's help it is ready, writes, and reconciles what the other one was told. */
  private async recovers(): Promise<void> {
    const { client } = this.owner;
    await until('it is ready', async () => (await sdk.ready({ client })).data, RECOVERED_WITHIN_MS);
    const name = `after-${++this.agents}`;
    await until('it writes', async () => {
      const body = echoSpec(name);
      const { response } = await sdk.createAgent({ client: this.clientBeside, body });
      return response?.status === 201 || response?.status === 409;
    });
    await agentWhen(client, name, isRunning, { withinMs: RECOVERED_WITHIN_MS });
  }

  private get clientBeside() {
    return clientOf(this.beside, this.owner.headers);
  }
}

async function expectNotReady({ owner: { client } }: Installation): Promise<void> {
  const probe = async () => (await sdk.ready({ client })).error !== undefined;
  await until('it says that it is not ready', probe, 5_000);
  const answer = await sdk.ready({ client });
  expect(expectError(answer, 503, 'not_ready').error).toBe('Not ready: database.');
}

/** What holds whatever happens. */
function expectKept({ wrong, longestMs }: Outcome): void {
  expect(wrong).toEqual([]);
  expect(longestMs).toBeLessThan(WITHIN_MS);
}

// The database misbehaves under a server that is in use. Nobody waits for it beyond five seconds,
// nothing acknowledged is lost, and everything comes back by itself.
describe('a PostgreSQL', () => {
  let one: Installation;
  /** One whose database is away for a minute while the rest is tried. */
  let gone: Promise<Outcome>;
  let other: Installation;
  beforeAll(async () => {
    [one, other] = await Promise.all([Installation.start(), Installation.start()]);
    gone = other.during(async () => {
      await other.postgres.halt();
      await expectNotReady(other);
      await sleep(GONE_MS);
      await other.postgres.resume();
    });
    gone.catch(() => undefined);
  });
  afterAll(async () => {
    await gone.catch(() => undefined);
    await Promise.all([one, other].map((installation) => installation?.close()));
  });

  it('that is restarted', async () => {
    const outcome = await one.during(async () => {
      await one.postgres.halt();
      await one.postgres.resume();
    });
    expectKept(outcome);
    expect(outcome.refused).toBeGreaterThan(0);
  });

  it('that crashes and recovers', async () => {
    const outcome = await one.during(() => crash(one.postgres));
    expectKept(outcome);
  });

  it('that hangs', async () => {
    const outcome = await one.during(async () => {
      const goOn = hang(one.postgres);
      try {
        await expectNotReady(one);
        await sleep(BROKEN_MS);
      } finally {
        goOn();
      }
    });
    expectKept(outcome);
    expect(outcome.refused).toBeGreaterThan(0);
  });

  it('that cuts its connections', async () => {
    const outcome = await one.during(async () => {
      for (let cut = 0; cut < 5; cut++) {
        await cutConnections(one.postgres);
        await sleep(500);
      }
    });
    expectKept(outcome);
  });

  it('that has no connection left', async () => {
    const outcome = await one.during(async () => {
      const letGo = await takeConnections(one.postgres);
      await expectNotReady(one);
      await sleep(2_000);
      await letGo();
    });
    expectKept(outcome);
    expect(outcome.refused).toBeGreaterThan(0);
  });

  it('that holds a statement for a lock', async () => {
    const outcome = await one.during(async () => {
      const letGo = await lockTable(one.postgres, 'agents');
      await sleep(BROKEN_MS);
      // What needs no such row is served.
      expectData(await sdk.whoAmI({ client: one.owner.client }), 200);
      await letGo();
    });
    expectKept(outcome);
    expect(outcome.refused).toBeGreaterThan(0);
  });

  it('that is away at the start is said so, in words', async () => {
    const { code, output } = await runServer({
      DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nexus',
      NEXUS_DATA_DIR: one.server.dataDir,
      NEXUS_PORT: '0',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^Nexus cannot start: the database cannot be used: .*ECONNREFUSED/m);
    expect(output).not.toMatch(/secret|\.js:\d+/);
  });

  it('that is gone for a minute', async () => {
    const outcome = await gone;
    expectKept(outcome);
    expect(outcome.refused).toBeGreaterThan(0);
  });
});
