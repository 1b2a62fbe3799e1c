import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { AGENT_TOPIC, agentKey } from '../../src/agents/agents.events.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { TestReconciliation } from '../support/reconciliation.js';
import { newAgentRow } from '../support/rows.js';
import { newTenant } from '../support/tenant-reconciler.js';
import { until } from '../support/until.js';

const LIST = 'GET /v1/agents';
/** Longer than the default of `NEXUS_RESYNC_SECONDS`. */
const CHECKED_AGAIN_MS = 31_000;

describe('a list of agents that comes late', () => {
  let test: TestDatabase;
  let reconciliation: TestReconciliation;
  beforeEach(async () => {
    test = await openTestDatabase();
    await test.database.units.run((tx) => tx.manager.insert(TenantEntity, newTenant('t_1')));
    reconciliation = await TestReconciliation.start(test);
  });
  afterEach(async () => {
    await reconciliation.service.onApplicationShutdown();
    await test.close();
  });

  const phaseIs = (name: string, phase: string) => async () => {
    const row = await test.database.reader.manager.findOneBy(AgentEntity, { name });
    return row?.phase === phase && row.observedGeneration === row.generation;
  };
  const create = (name: string) =>
    test.database.units.run(async (tx) => {
      await tx.manager.insert(AgentEntity, newAgentRow(name));
      const key = agentKey({ tenantId: 't_1', id: `agt_${name}` });
      await reconciliation.wakes.publish(tx, AGENT_TOPIC, key);
    });
  const pause = (name: string) =>
    test.database.units.run(async (tx) => {
      await tx.manager.update(AgentEntity, { name }, { paused: true, generation: 2 });
      const key = agentKey({ tenantId: 't_1', id: `agt_${name}` });
      await reconciliation.wakes.publish(tx, AGENT_TOPIC, key);
    });
  /** Lets the next check ask the node for its agents, and keeps the answer. */
  const askForList = async () => {
    const list = reconciliation.gate.keepAnswer('t_1', LIST);
    await reconciliation.clock.advance(CHECKED_AGAIN_MS);
    await until('the node has answered', async () => list.isThere);
    return list;
  };
  const timesOf = (operation: string, name: string) =>
    reconciliation.timesOf(`POST /v1/agents/${name}/${operation}`).length;

  it('says nothing of an agent that was deployed meanwhile', async () => {
    const registered = reconciliation.gate.keepAnswer('t_1', 'POST /v1/agents');
    await create('bot');
    await until('it is registered', async () => registered.isThere);
    const list = await askForList();
    registered.release();
    await until('it runs', phaseIs('bot', 'Running'));
    list.release();
    await reconciliation.quiet();
    await reconciliation.advance(2 * CHECKED_AGAIN_MS);
    expect(timesOf('deploy', 'bot')).toBe(1);
  });

  it('says nothing of an agent that was paused meanwhile', async () => {
    await create('bot');
    await until('it runs', phaseIs('bot', 'Running'));
    const list = await askForList();
    await pause('bot');
    await until('it is paused', phaseIs('bot', 'Paused'));
    list.release();
    await reconciliation.quiet();
    await reconciliation.advance(1_000);
    expect(timesOf('pause', 'bot')).toBe(1);
    expect(timesOf('deploy', 'bot')).toBe(1);
  });

  it('is believed of what it is new enough for', async () => {
    await create('bot');
    await until('it runs', phaseIs('bot', 'Running'));
    await reconciliation.node.call('POST', '/v1/agents/bot/pause');
    const list = await askForList();
    await create('other');
    await until('the other runs', phaseIs('other', 'Running'));
    list.release();
    await reconciliation.quiet();
    await until('it is deployed again', async () => timesOf('deploy', 'bot') === 2);
    expect(timesOf('deploy', 'other')).toBe(1);
  });
});
