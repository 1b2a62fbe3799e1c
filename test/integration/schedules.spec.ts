import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { AGENT_TOPIC, agentKey } from '../../src/agents/agents.events.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { TestReconciliation } from '../support/reconciliation.js';
import { agentConfig } from '../support/reference-node.js';
import { newAgentRow } from '../support/rows.js';
import { newTenant } from '../support/tenant-reconciler.js';
import { until } from '../support/until.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** The defaults of `NEXUS_RESYNC_SECONDS` and `NEXUS_DEEP_RESYNC_MINUTES`. */
const RESYNC = 30 * SECOND;
const DEEP = 15 * MINUTE;
const CHECK = 'GET /v1/system/status';

// Whatever happens by itself after a while, on a clock that the test moves.
describe('the schedules of reconciliation', () => {
  let test: TestDatabase;
  let reconciliation: TestReconciliation;
  beforeEach(async () => {
    test = await openTestDatabase();
  });
  afterEach(async () => {
    await reconciliation.service.onApplicationShutdown();
    await test.close();
  });

  const insertTenants = (...tenants: TenantEntity[]) =>
    test.database.units.run((tx) => tx.manager.insert(TenantEntity, tenants));
  const insertAgents = (...names: string[]) =>
    test.database.units.run((tx) => tx.manager.insert(AgentEntity, names.map(newAgentRow)));
  const tenantOf = (id: string) =>
    test.database.reader.manager.findOneByOrFail(TenantEntity, { id });
  const agentOf = (name: string) =>
    test.database.reader.manager.findOneByOrFail(AgentEntity, { name });
  const begin = async () => {
    reconciliation = await TestReconciliation.start(test);
  };
  /** Changes an agent on the node in a way that its list does not show. */
  const alter = (name: string) =>
    reconciliation.node.deploy(agentConfig(name, { prompts: { system: 'altered' } }));
  const isAltered = async (name: string) => {
    const { body } = await reconciliation.node.call('GET', `/v1/agents/${name}`);
    return JSON.stringify(body).includes('altered');
  };
  /** Lets so many checks of `t_1` in a row fail, and the next ones pass. */
  const failChecks = async (times: number) => {
    reconciliation.gate.modes.set('t_1', 'broken');
    const before = reconciliation.timesOf(CHECK, 't_1').length;
    while (reconciliation.timesOf(CHECK, 't_1').length < before + times) {
      await reconciliation.advance(SECOND);
    }
    reconciliation.gate.modes.set('t_1', 'open');
  };
  /** Pauses an agent as the API does. */
  const pause = async (name: string) => {
    await test.database.units.run(async (tx) => {
      await tx.manager.update(AgentEntity, { name }, { paused: true, generation: 2 });
      await reconciliation.wakes.publish(
        tx,
        AGENT_TOPIC,
        agentKey({ tenantId: 't_1', id: `agt_${name}` }),
      );
    });
    await reconciliation.quiet();
  };
  /** The pauses between times. */
  const gaps = (times: number[]) => times.slice(1).map((at, index) => at - (times[index] ?? 0));

  it('look at every node once a period, each a little earlier than it has to be', async () => {
    const ids = ['t_1', 't_b', 't_xyz', 't_0042', 't_last'];
    await insertTenants(...ids.map((id) => newTenant(id)));
    await begin();
    await reconciliation.advance(5 * RESYNC, 200);
    const periods = ids.map((id) => {
      const each = gaps(reconciliation.timesOf(CHECK, id));
      expect(each.length).toBeGreaterThanOrEqual(4);
      // Checks of all tenants share a moment each second.
      expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(SECOND);
      return Math.max(...each);
    });
    expect(Math.max(...periods)).toBeLessThanOrEqual(RESYNC + 500);
    expect(Math.min(...periods)).toBeGreaterThanOrEqual(0.8 * RESYNC);
    expect(new Set(periods).size).toBeGreaterThan(2);
  });

  it('find within a period what changed on a node', async () => {
    await insertTenants(newTenant('t_1'));
    await insertAgents('bot');
    await begin();
    expect(await agentOf('bot')).toMatchObject({ phase: 'Running' });
    await reconciliation.node.call('DELETE', '/v1/agents/bot');
    await reconciliation.advance(RESYNC);
    expect((await reconciliation.node.call('GET', '/v1/agents/bot')).status).toBe(200);
  });

  it('take a node for hung after three failed checks, not before', async () => {
    await insertTenants(newTenant('t_1'));
    await insertAgents('bot');
    await begin();
    reconciliation.gate.modes.set('t_1', 'broken');
    const before = reconciliation.timesOf(CHECK).length;
    const failed = () => reconciliation.timesOf(CHECK).length - before;
    while (failed() < 2) await reconciliation.advance(SECOND);
    expect(reconciliation.clock.monotonicMs()).toBeLessThanOrEqual(RESYNC + 4 * SECOND);
    expect(await tenantOf('t_1')).toMatchObject({ phase: 'Error', nodeReady: false });
    expect(await agentOf('bot')).toMatchObject({ phase: 'Pending', ready: false });
    expect(reconciliation.operations).toEqual([]);
    await reconciliation.advance(2 * SECOND);
    expect(failed()).toBeGreaterThanOrEqual(3);
    expect(reconciliation.operations).toEqual(['stop', 'start']);
    await reconciliation.advance(SECOND);
    expect(await tenantOf('t_1')).toMatchObject({ phase: 'Ready', nodeReady: true });
    expect(await agentOf('bot')).toMatchObject({ phase: 'Running', ready: true });
  });

  it('forgive a node that was silent twice', async () => {
    await insertTenants(newTenant('t_1'));
    await begin();
    for (let round = 0; round < 2; round++) {
      await failChecks(2);
      expect(await tenantOf('t_1')).toMatchObject({ phase: 'Error', nodeReady: false });
      await reconciliation.advance(2 * SECOND);
      expect(await tenantOf('t_1')).toMatchObject({ phase: 'Ready', nodeReady: true });
    }
    expect(reconciliation.operations).toEqual([]);
  });

  it('compare every agent within the deep period, and not all at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `bot-${index}`);
    await insertTenants(newTenant('t_1'));
    await insertAgents(...names);
    await begin();
    const start = reconciliation.clock.monotonicMs();
    const before = reconciliation.calls.length;
    for (const name of names) await alter(name);
    await reconciliation.advance(0.7 * DEEP - SECOND, 5 * SECOND);
    expect(await isAltered('bot-0')).toBe(true);
    await reconciliation.advance(0.3 * DEEP + SECOND, 5 * SECOND);
    for (const name of names) expect(await isAltered(name), name).toBe(false);
    const later = reconciliation.calls.slice(before);
    const compared = names.map((name) =>
      later.find(({ call }) => call === `GET /v1/agents/${name}`),
    );
    const times = compared.map((one) => (one?.atMs ?? Infinity) - start);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0.7 * DEEP);
    expect(Math.max(...times)).toBeLessThanOrEqual(DEEP);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(10 * SECOND);
    expect(await agentOf('bot-0')).toMatchObject({ phase: 'Running', nodeAck: true });
  });

  it.each<[string, () => Promise<void>]>([
    ['a node that was silent once', () => failChecks(1)],
    ['a change', () => pause('bot')],
  ])('compare an agent within the deep period also after %s', async (_what, disturb) => {
    await insertTenants(newTenant('t_1'));
    await insertAgents('bot');
    await begin();
    const start = reconciliation.clock.monotonicMs();
    await alter('bot');
    await reconciliation.advance(0.6 * DEEP, 5 * SECOND);
    await disturb();
    const since = reconciliation.clock.monotonicMs() - start;
    await reconciliation.advance(DEEP - since, 5 * SECOND);
    expect(await isAltered('bot')).toBe(false);
  });

  it('read rows again every period, so that no lost wake is lost for good', async () => {
    await insertTenants(newTenant('t_1', { suspend: true }));
    await begin();
    expect(await tenantOf('t_1')).toMatchObject({ phase: 'Suspended' });
    await insertAgents('bot');
    await insertTenants(newTenant('t_2'));
    await reconciliation.advance(RESYNC - 2 * SECOND);
    expect(await agentOf('bot')).toMatchObject({ phase: 'Pending', observedGeneration: 0 });
    await reconciliation.advance(2 * SECOND);
    expect(await agentOf('bot')).toMatchObject({ phase: 'Stopped', observedGeneration: 1 });
    expect(await tenantOf('t_2')).toMatchObject({ phase: 'Ready', observedGeneration: 1 });
    await test.database.units.run((tx) =>
      tx.manager.update(TenantEntity, { id: 't_1' }, { suspend: false, generation: 2 }),
    );
    await reconciliation.advance(RESYNC);
    expect(await tenantOf('t_1')).toMatchObject({ phase: 'Ready', observedGeneration: 2 });
    await reconciliation.advance(3 * RESYNC);
    const each = gaps(reconciliation.sweeps);
    expect(each.length).toBeGreaterThanOrEqual(4);
    expect(new Set(each)).toEqual(new Set([RESYNC]));
  });

  it('end a pass that takes too long, and try it again', async () => {
    await insertTenants(newTenant('t_1'), newTenant('t_2'));
    await begin();
    reconciliation.gate.modes.set('t_1', 'silent');
    const calls = () => reconciliation.timesOf(CHECK, 't_1').length;
    const before = calls();
    while (calls() === before) {
      await reconciliation.clock.advance(SECOND);
      // The pass reads rows in real time, while the clock goes on.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await reconciliation.clock.advance(RESYNC - 10 * SECOND);
    expect(calls()).toBe(before + 1);
    await reconciliation.clock.advance(12 * SECOND);
    await until('it is tried again', async () => calls() > before + 1);
    expect(reconciliation.lines.join('')).toMatch(/took longer than 30000 ms/);
    expect(await tenantOf('t_2')).toMatchObject({ phase: 'Ready' });
    reconciliation.gate.modes.set('t_1', 'open');
  });

  it('end with the service', async () => {
    await insertTenants(newTenant('t_1'));
    await insertAgents('bot');
    await begin();
    await reconciliation.advance(RESYNC - 2 * SECOND);
    // While rows are being read again.
    await reconciliation.clock.advance(2 * SECOND);
    await reconciliation.service.onApplicationShutdown();
    await reconciliation.quiet();
    expect(reconciliation.clock.timers).toBe(0);
  });
});
