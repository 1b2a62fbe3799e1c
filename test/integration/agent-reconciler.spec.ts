import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEntity } from '../../src/agents/agent.entity.js';
import { canonicalJson } from '../../src/platform/json/canonical-json.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { change, rowOf, seed, TestReconciler } from '../support/reconciler.js';
import { type GivenNode, startGivenNode } from '../support/given-node.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';

const spec = (name: string, more: object = {}): string =>
  canonicalJson({
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name, version: '1' },
    spec: { model: { primary: { provider: 'ollama', model: 'm' } }, ...more },
  });
const agent = (name: string, more: Partial<AgentEntity> = {}): Partial<AgentEntity> => ({
  id: `agt_${name}`,
  name,
  spec: spec(name),
  ...more,
});

describe(`the agent reconciler on a ${NODE_UNDER_TEST} node`, () => {
  let test: TestDatabase;
  let node: GivenNode;
  beforeEach(async () => {
    test = await openTestDatabase();
    node = await startGivenNode();
  });
  afterEach(() => test.close());

  const onNode = async (name: string): Promise<string | undefined> => {
    const { body } = await node.call('GET', '/v1/agents');
    const { agents } = body as { agents: { name: string; status: string }[] };
    return agents.find((one) => one.name === name)?.status;
  };

  it('brings a new agent to the node, and writes nothing in a second pass', async () => {
    await seed(test, [agent('bot')]);
    const reconciler = new TestReconciler(test, node.url);
    await reconciler.pass('agt_bot');
    expect(reconciler.writes).toEqual(['register', 'deploy', 'status']);
    const first = await rowOf(test, 'agt_bot');
    expect(first).toMatchObject({ phase: 'Running', nodeAck: true, observedGeneration: 1 });
    await reconciler.pass('agt_bot');
    await new TestReconciler(test, node.url).pass('agt_bot');
    expect(reconciler.writes).toHaveLength(3);
    expect(await rowOf(test, 'agt_bot')).toEqual(first);
  });

  it('writes nothing when another process looks at a converged agent', async () => {
    await seed(test, [agent('bot')]);
    await new TestReconciler(test, node.url).pass('agt_bot');
    const other = new TestReconciler(test, node.url);
    await other.pass('agt_bot');
    expect(other.writes).toEqual([]);
  });

  it('needs no event: it sees what changed while nobody was there', async () => {
    await seed(test, [agent('bot')]);
    await new TestReconciler(test, node.url).pass('agt_bot');
    await node.call('DELETE', '/v1/agents/bot');
    await change(test, 'agt_bot', {
      spec: spec('bot', { prompts: { system: 'new' } }),
      generation: 2,
    });
    await new TestReconciler(test, node.url).pass('agt_bot');
    expect(await onNode('bot')).toBe('deployed');
    expect(await rowOf(test, 'agt_bot')).toMatchObject({ observedGeneration: 2, phase: 'Running' });
  });

  it('says what it saw, of the wish that it read: a newer one stays open', async () => {
    await seed(test, [agent('bot')]);
    const reconciler = new TestReconciler(test, node.url);
    const pass = reconciler.pass('agt_bot');
    await change(test, 'agt_bot', { paused: true, generation: 2 });
    await pass;
    const row = await rowOf(test, 'agt_bot');
    expect(row).toMatchObject({ generation: 2, paused: true });
    await reconciler.settle(['agt_bot']);
    expect(await rowOf(test, 'agt_bot')).toMatchObject({ phase: 'Paused', observedGeneration: 2 });
  });

  it('asks the node again when a list that came late misled it', async () => {
    await seed(test, [agent('bot', { paused: true })]);
    const reconciler = new TestReconciler(test, node.url);
    await reconciler.settle(['agt_bot']);
    const known = reconciler.knowledge.of('t_1');
    known.held.delete('bot');
    known.listed.set('bot', 'deployed');
    await reconciler.settle(['agt_bot']);
    expect(await onNode('bot')).toBe('paused');
    expect(await rowOf(test, 'agt_bot')).toMatchObject({ phase: 'Paused', nodeAck: true });
  });

  it('takes a deleted agent off the node, also when it was half-way already', async () => {
    await seed(test, [agent('bot')]);
    const reconciler = new TestReconciler(test, node.url);
    await reconciler.pass('agt_bot');
    const deletedAt = '2026-01-02T00:00:00.000Z';
    await change(test, 'agt_bot', { deletedAt, generation: 2 });
    reconciler.dieAfter = reconciler.writes.length + 1;
    await expect(reconciler.pass('agt_bot')).rejects.toThrow('died');
    expect(await onNode('bot')).toBeUndefined();
    expect(await rowOf(test, 'agt_bot')).not.toBeNull();
    await new TestReconciler(test, node.url).pass('agt_bot');
    expect(await rowOf(test, 'agt_bot')).toBeNull();
  });

  it('lets a new agent wait for the tombstone of its name', async () => {
    const deletedAt = '2026-01-02T00:00:00.000Z';
    await seed(test, [
      agent('bot', { id: 'agt_1', deletedAt, generation: 2 }),
      agent('bot', { id: 'agt_2' }),
    ]);
    const reconciler = new TestReconciler(test, node.url);
    expect(await reconciler.pass('agt_2')).toMatchObject({ kind: 'again' });
    expect(reconciler.writes).toEqual([]);
    await reconciler.pass('agt_1');
    await reconciler.pass('agt_2');
    expect(await onNode('bot')).toBe('deployed');
  });

  /** Every wish, with how many changes it takes to get there. */
  const wishes: [string, Partial<AgentEntity>, number][] = [
    ['running', {}, 3],
    ['paused', { paused: true }, 4],
  ];

  it.each(wishes)(
    'converges to %s after a crash between any two changes',
    async (_goal, wish, steps) => {
      for (let died = 0; died <= steps; died++) {
        const name = `bot-${died}`;
        if (died === 0) await seed(test, [agent(name, wish)]);
        else await test.database.units.run((tx) => tx.manager.query(insertCopy(name)));
        const first = new TestReconciler(test, node.url);
        first.dieAfter = died;
        await first.pass(`agt_${name}`).catch(() => undefined);
        const second = new TestReconciler(test, node.url);
        await second.settle([`agt_${name}`]);
        expect(await onNode(name), `after ${died} changes`).toBe(
          wish.paused === true ? 'paused' : 'deployed',
        );
        expect(await rowOf(test, `agt_${name}`)).toMatchObject({
          phase: wish.paused === true ? 'Paused' : 'Running',
          nodeAck: true,
          observedGeneration: 1,
        });
      }
    },
  );

  it('stops at a spec that the node refuses, and says why', async () => {
    const tools = [{ type: 'builtin', name: 'no_such_tool' }];
    await seed(test, [agent('bad', { spec: spec('bad', { tools }) })]);
    const reconciler = new TestReconciler(test, node.url);
    await reconciler.settle(['agt_bad']);
    const row = await rowOf(test, 'agt_bad');
    expect(row).toMatchObject({ phase: 'Failed', nodeAck: false });
    const types = (JSON.parse(row?.conditions ?? '[]') as { type: string }[]).map(
      ({ type }) => type,
    );
    expect(types).toEqual(['Ready', 'Stalled']);
    const before = reconciler.writes.length;
    await reconciler.pass('agt_bad');
    expect(reconciler.writes).toHaveLength(before);
  });
});

/** Copies the agent of the first round under another name, not observed yet. */
function insertCopy(name: string): string {
  const columns =
    'tenant_id, version, model, labels, revision, paused, origin, created_by, created_at, updated_at, deleted_at, generation';
  return `INSERT INTO agents (id, name, spec, ${columns}, observed_generation, phase, ready, node_ack, last_synced_at, conditions)
    SELECT 'agt_${name}', '${name}', REPLACE(spec, 'bot-0', '${name}'), ${columns}, 0, 'Pending', ${FALSE}, ${FALSE}, NULL, '[]'
    FROM agents WHERE id = 'agt_bot-0'`;
}

const FALSE = process.env['TEST_DATABASE'] === 'postgres' ? 'false' : '0';
