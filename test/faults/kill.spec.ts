import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  clientOf,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  type Person,
  readyTenant,
  sdk,
  theAdmin,
  until,
} from '../support/api.js';
import { processesOf, runs } from '../support/processes.js';
import { Random } from '../support/random.js';
import { TestServer } from '../support/server.js';

const KILLS = 10;
const WORKERS = 4;
const NAMES_EACH = 4;

/** What an agent should be: the number in its spec, or null when there is none. */
type State = number | null;

/** What was acknowledged of one agent; two states while an answer is outstanding. */
interface Expected {
  possible: State[];
}

// The server process is killed while writes are in flight. Whatever it acknowledged is there when
// it comes back, whatever it did not acknowledge happened whole or not at all, and the node ends
// up with exactly what is wanted.
describe('a server that is killed', () => {
  let server: TestServer;
  let owner: Person;
  let tenant: sdk.Tenant;
  const random = Random.printed('kill test');
  const model = new Map<string, Expected>();
  let counter = 0;
  let acknowledged = 0;
  beforeAll(async () => {
    server = await TestServer.start({ environment: { NEXUS_RESYNC_SECONDS: '1' } });
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    for (let worker = 0; worker < WORKERS; worker++) {
      for (let i = 0; i < NAMES_EACH; i++) model.set(`w${worker}-${i}`, { possible: [null] });
    }
  });
  afterAll(() => server.close());

  const spec = (name: string, mark: number) => echoSpec(name, { prompts: { system: `${mark}` } });
  const markOf = (agent: sdk.Agent): number =>
    Number((agent.spec.spec['prompts'] as { system: string }).system);
  const reconnect = (): void => {
    owner = { ...owner, client: clientOf(server, owner.headers) };
  };

  /** Does one thing to one agent; the model learns of it with the answer. */
  const act = async (name: string): Promise<void> => {
    const expected = model.get(name);
    const [state] = expected?.possible ?? [];
    if (expected === undefined || state === undefined) throw new Error(`${name} is unsettled`);
    const { client } = owner;
    const mark = ++counter;
    const next = state === null || random.next() < 0.6 ? mark : null;
    expected.possible = [state, next];
    const path = { name };
    const answer = await (next === null
      ? sdk.deleteAgent({ client, path })
      : state === null
        ? sdk.createAgent({ client, body: spec(name, mark) })
        : sdk.replaceAgent({ client, path, body: spec(name, mark) }));
    if (answer.response === undefined) throw new Error('The server is gone');
    expect([200, 201], JSON.stringify(answer.error)).toContain(answer.response.status);
    expected.possible = [next];
    acknowledged++;
  };

  /** Acts until the server is gone. */
  const work = async (worker: number): Promise<void> => {
    for (;;) {
      try {
        await act(`w${worker}-${random.between(0, NAMES_EACH - 1)}`);
      } catch (error) {
        if (error instanceof Error && /gone|fetch failed|terminated/.test(error.message)) return;
        throw error;
      }
    }
  };

  /** Compares every agent with the model, and settles what was outstanding. */
  const compare = async (): Promise<void> => {
    for (const [name, expected] of model) {
      const { data, response } = await sdk.getAgent({ client: owner.client, path: { name } });
      expect([200, 404]).toContain(response?.status);
      const state = data === undefined ? null : markOf(data);
      expect(expected.possible, `${name} after the restart`).toContain(state);
      expected.possible = [state];
    }
    const listed = expectData(await sdk.listAgents({ client: owner.client }), 200);
    const wanted = [...model].filter(([, { possible }]) => possible[0] !== null);
    expect(listed.map(({ name }) => name)).toEqual(wanted.map(([name]) => name).sort());
  };

  it(`keeps every acknowledged write over ${KILLS} kills`, async () => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const working = Array.from({ length: WORKERS }, (_, worker) => work(worker));
      await new Promise((resolve) => setTimeout(resolve, random.between(20, 1500)));
      await server.kill();
      await Promise.all(working);
      await server.run();
      reconnect();
      await compare();
    }
    expect(acknowledged).toBeGreaterThan(KILLS);
  });

  it('converges to exactly what is wanted', async () => {
    const { client } = owner;
    await until('every agent runs', async () => {
      const agents = expectData(await sdk.listAgents({ client }), 200);
      return agents.every(({ status }) => status === 'running');
    });
    await until('the node holds exactly the agents', async () => {
      const { port, token } = await server.nodeOf(tenant.crName);
      const headers = { authorization: `Bearer ${token}` };
      const onNode = async (path: string): Promise<unknown> =>
        (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).json();
      const { agents } = (await onNode('/v1/agents')) as { agents: { name: string }[] };
      const wanted = [...model].filter(([, { possible }]) => possible[0] !== null);
      const names = agents.map(({ name }) => name).sort((a, b) => (a < b ? -1 : 1));
      if (names.join() !== wanted.map(([name]) => name).join()) return false;
      for (const [name, { possible }] of wanted) {
        const held = (await onNode(`/v1/agents/${name}`)) as sdk.Agent['spec'];
        const { system } = held.spec['prompts'] as { system: string };
        if (Number(system) !== possible[0]) return false;
        const agent = expectData(await sdk.getAgent({ client, path: { name } }), 200);
        if (!isRunning(agent)) return false;
      }
      return true;
    });
  });

  it('finishes the creation and the deletion of tenants', async () => {
    const { id, crName } = expectData(
      await sdk.createTenant({ client: owner.client, body: { displayName: 'Half' } }),
      201,
    );
    await new Promise((resolve) => setTimeout(resolve, random.between(0, 300)));
    await server.kill();
    await server.run();
    reconnect();
    await until('its node is ready', async () => {
      const answer = await sdk.getTenant({ client: owner.client, path: { id } });
      return expectData(answer, 200).ready;
    });
    const { pid } = await server.nodeOf(crName);
    expectData(await sdk.deleteTenant({ client: owner.client, path: { id } }), 200);
    await new Promise((resolve) => setTimeout(resolve, random.between(0, 100)));
    await server.kill();
    await server.run();
    reconnect();
    const admin = await theAdmin(server);
    await until('it is gone', async () => {
      const { response } = await sdk.getTenant({ client: admin.client, path: { id } });
      return response?.status === 404;
    });
    expect(runs(pid)).toBe(false);
  });

  it('leaves no process behind when it is stopped', async () => {
    expect(processesOf(server.dataDir)).not.toEqual([]);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(processesOf(server.dataDir)).toEqual([]);
  });
});
