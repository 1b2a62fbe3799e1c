import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEntity } from '../../src/agents/agent.entity.js';
import { AgentEntity as Agents } from '../../src/agents/agent.entity.js';
import { AgentVersionEntity } from '../../src/agents/agent-version.entity.js';
import { AGENT_TOPIC } from '../../src/agents/agents.events.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ADMIN_ACTOR, agentResource, type Doors, openDoors } from '../support/doors.js';
import { tenantRow } from '../support/rows.js';

const TENANT = 't_1';
const HINTS = { path: TENANT };

describe('the resource of an agent', () => {
  let test: TestDatabase;
  let doors: Doors;
  const woken: string[] = [];
  beforeEach(async () => {
    test = await openTestDatabase();
    doors = openDoors(test);
    woken.length = 0;
    doors.wakes.on(AGENT_TOPIC, (key) => woken.push(key));
    await test.database.units.run((tx) => tx.manager.insert(TenantEntity, tenantRow()));
  });
  afterEach(() => test.close());

  const rows = () => test.database.reader.manager.find(Agents, { order: { id: 'ASC' } });
  const versionsOf = async (agentId: string) =>
    (await test.database.reader.manager.findBy(AgentVersionEntity, { agentId })).length;
  const change = (id: string, changes: Partial<AgentEntity>) =>
    test.database.units.run((tx) => tx.manager.update(Agents, { id }, changes));
  const take = (name: string, more: Parameters<typeof agentResource>[2] = {}) =>
    doors.agents.take(agentResource(TENANT, name, more));
  const adopted = async (name: string, more: Parameters<typeof agentResource>[2] = {}) => {
    // Ids sort by age.
    await doors.clock.advance(1);
    const taken = await take(name, more);
    if (taken.outcome !== 'adopted') throw new Error(JSON.stringify(taken));
    return taken.agent;
  };
  const create = async (name: string, spec: Record<string, unknown> = {}) => {
    await doors.clock.advance(1);
    const { agentSpec } = agentResource(TENANT, name, { spec });
    const bytes = Buffer.from(JSON.stringify(agentSpec));
    return doors.agentsOfApi.create(ADMIN_ACTOR, { bytes, format: 'json' }, HINTS);
  };
  const chainTo = (agent: string) => ({ spec: { chain: { on_complete: [{ agent }] } } });

  it('that has no row is adopted once, with its version', async () => {
    const agent = await adopted('bot', { paused: true });
    expect(agent).toMatchObject({
      name: 'bot',
      origin: 'cluster',
      fieldManager: 'flux',
      resourceUid: 'uid-bot',
      paused: true,
      revision: 1,
      model: 'echo/echo-1',
      phase: 'Pending',
    });
    expect(await rows()).toEqual([agent]);
    expect(await versionsOf(agent.id)).toBe(1);
    expect(await doors.audited()).toEqual(['cluster agent.adopted bot']);
    expect(woken).toEqual([`${TENANT}/${agent.id}`]);
    const { units } = doors.counted;
    expect(await take('bot', { paused: true })).toEqual({ outcome: 'known', agent });
    expect(doors.counted.units).toBe(units);
  });

  it('that was made through the API is restored as of the API', async () => {
    const agent = await adopted('bot', { origin: 'api', fieldManager: 'nexus' });
    expect(agent).toMatchObject({ origin: 'api', fieldManager: null });
    expect(await doors.audited()).toEqual(['cluster agent.restored bot']);
    const paused = await doors.agentsOfApi.setPaused(ADMIN_ACTOR, 'bot', true, HINTS);
    expect(paused.paused).toBe(true);
    expect((await take('bot', { origin: 'api' })).outcome).toBe('known');
    expect(await rows()).toMatchObject([{ paused: true }]);
  });

  it('is followed: a new spec is a new revision, a pause is not', async () => {
    const { id } = await adopted('bot');
    expect(await take('bot', { paused: true })).toMatchObject({
      outcome: 'followed',
      agent: { revision: 1, generation: 2, paused: true },
    });
    const next = { spec: { system: 'new' }, fieldManager: 'kubectl' };
    expect(await take('bot', next)).toMatchObject({
      outcome: 'followed',
      agent: { id, revision: 2, generation: 3, paused: false, fieldManager: 'kubectl' },
    });
    expect(await versionsOf(id)).toBe(2);
    expect(await take('bot', { ...next, fieldManager: 'helm' })).toMatchObject({
      outcome: 'known',
      agent: { revision: 2, generation: 3, fieldManager: 'helm' },
    });
    const { units } = doors.counted;
    expect((await take('bot', { ...next, fieldManager: 'helm' })).outcome).toBe('known');
    expect(doors.counted.units).toBe(units);
    expect((await doors.audited()).slice(1)).toEqual([
      'cluster agent.paused bot',
      'cluster agent.updated bot',
    ]);
  });

  it.each([
    ['a secret', { spec: { model: { default: { api_key: 's3cret' } } } }, 'InlineSecret'],
    ['no object', { agentSpec: null }, 'InvalidSpec'],
    ['a name of another', { name: 'other' }, 'InvalidSpec'],
    ['itself in its chain', chainTo('bot'), 'ReferenceCycle'],
  ])('with %s is not copied into the record', async (_what, more, reason) => {
    const resource = { ...agentResource(TENANT, 'bot', more), ...('name' in more ? more : {}) };
    const { units } = doors.counted;
    const refused = await doors.agents.take(resource);
    expect(refused).toMatchObject({ outcome: 'refused', reason, agent: null });
    expect(JSON.stringify(refused)).not.toContain('s3cret');
    expect(await rows()).toEqual([]);
    expect(doors.counted.units).toBe(units);
  });

  it('keeps its row with the spec before when a new one is refused', async () => {
    const agent = await adopted('bot');
    const secret = { spec: { model: { default: { api_key: 's3cret' } } } };
    const refused = await take('bot', secret);
    expect(refused).toMatchObject({ outcome: 'refused', agent: { id: agent.id, revision: 1 } });
    expect(await rows()).toEqual([agent]);
  });

  it('may name one that is missing, is woken when that comes, and closes no cycle', async () => {
    const first = await adopted('first', chainTo('second'));
    expect(await doors.agentSync.missingTargets(first)).toEqual(['second']);
    const closing = await take('second', chainTo('first'));
    expect(closing).toMatchObject({ outcome: 'refused', reason: 'ReferenceCycle' });
    await expect(create('second', chainTo('first').spec)).rejects.toMatchObject({
      code: 'invalid_agent_spec',
    });
    woken.length = 0;
    await create('second');
    expect(woken).toContain(`${TENANT}/${first.id}`);
    expect(await doors.agentSync.missingTargets(first)).toEqual([]);
    await adopted('third', chainTo('first'));
    expect(await doors.agentSync.referrersOf(TENANT, 'first')).toHaveLength(1);
  });

  it('that was deleted takes the agent with it, whoever names it, and wakes those', async () => {
    const target = await adopted('target');
    const referrer = await adopted('referrer', chainTo('target'));
    woken.length = 0;
    const tombstone = await doors.agents.deleted(agentResource(TENANT, 'target'));
    expect(tombstone).toMatchObject({ id: target.id, resourceUid: 'uid-target' });
    expect(tombstone?.deletedAt).not.toBeNull();
    expect(woken).toEqual([`${TENANT}/${target.id}`, `${TENANT}/${referrer.id}`]);
    expect(await doors.agentSync.missingTargets(referrer)).toEqual(['target']);
    const { units } = doors.counted;
    const again = await doors.agents.deleted(agentResource(TENANT, 'target'));
    expect(again?.id).toBe(target.id);
    expect(await doors.agents.deleted(agentResource(TENANT, 'nobody'))).toBeNull();
    expect(doors.counted.units).toBe(units);
    expect(await doors.audited()).toContain('cluster agent.deleted target');
  });

  it('of a deleted agent is not adopted again; one that comes after it is a new agent', async () => {
    const { id } = await adopted('bot');
    await doors.agents.deleted(agentResource(TENANT, 'bot'));
    expect(await take('bot')).toMatchObject({ outcome: 'tombstone', agent: { id } });
    const next = await adopted('bot', { uid: 'uid-next' });
    expect(next.id).not.toBe(id);
    expect(await doors.agentSync.waitsForTombstone(next)).toBe(true);
    expect(await take('bot')).toMatchObject({ outcome: 'tombstone', agent: { id } });
    expect(await take('bot', { uid: 'uid-next' })).toMatchObject({ outcome: 'known' });
  });

  it('of a name that was deleted and made again through the API is told from the new one', async () => {
    await create('bot');
    const [first] = await rows();
    if (first === undefined) throw new Error('It was made');
    await doors.agentsOfApi.delete(ADMIN_ACTOR, 'bot', HINTS);
    await create('bot');
    // Never noted: it was made a moment before the first one was deleted.
    const ours = { origin: 'api', fieldManager: 'nexus' } as const;
    expect(await take('bot', ours)).toMatchObject({
      outcome: 'tombstone',
      agent: { id: first.id },
    });
    expect(await doors.agents.deleted(agentResource(TENANT, 'bot', ours))).toMatchObject({
      id: first.id,
    });
    const live = (await rows()).filter(({ deletedAt }) => deletedAt === null);
    expect(live).toHaveLength(1);
    const id = live[0]?.id ?? '';
    await change(id, { resourceUid: 'uid-second' });
    const second = { ...ours, uid: 'uid-second' };
    expect(await take('bot', second)).toMatchObject({ outcome: 'known', agent: { id } });
  });

  it('that vanished leaves the agent as it is, and says so once', async () => {
    const agent = await adopted('bot');
    await doors.agents.lost(agent, 'Its namespace was deleted');
    await doors.agents.lost(agent, 'Its namespace was deleted');
    expect(await rows()).toEqual([{ ...agent, resourceUid: null }]);
    const lost = (await doors.audited()).filter((line) => line.includes('lost'));
    expect(lost).toEqual(['cluster agent.resource_lost bot']);
    expect(await take('bot', { uid: 'uid-2' })).toMatchObject({ outcome: 'known' });
  });

  it('is not edited through the API, which names who manages it', async () => {
    await adopted('bot', { fieldManager: 'kustomize-controller' });
    const refused = {
      code: 'managed_by_cluster',
      extra: { fieldManager: 'kustomize-controller' },
    };
    const { agentSpec } = agentResource(TENANT, 'bot', { spec: { system: 'x' } });
    const body = { bytes: Buffer.from(JSON.stringify(agentSpec)), format: 'json' as const };
    const { agentsOfApi: api } = doors;
    const tries = [
      () => api.put(ADMIN_ACTOR, 'bot', body, undefined, HINTS),
      () => api.delete(ADMIN_ACTOR, 'bot', HINTS),
      () => api.setPaused(ADMIN_ACTOR, 'bot', true, HINTS),
    ];
    for (const begin of tries) {
      const attempt = begin();
      await expect(attempt).rejects.toMatchObject(refused);
      await expect(attempt).rejects.toThrow(/kustomize-controller/);
    }
    await create('beside');
    expect(await rows()).toHaveLength(2);
  });

  it('is handed over with its tenant or without it', async () => {
    await adopted('bot');
    await create('ours');
    const only = 'agents' as const;
    const move = (origin: 'api' | 'cluster', what?: 'agents' | 'tenant') => {
      const body = { origin, ...(what && { only: what }) };
      return doors.handOver.handOver(ADMIN_ACTOR, TENANT, body, {});
    };
    const origins = async () => (await rows()).map(({ name, origin }) => `${name} ${origin}`);
    expect((await move('api', only)).origin).toBe('api');
    expect(await origins()).toEqual(['bot api', 'ours api']);
    expect((await move('cluster', 'tenant')).origin).toBe('cluster');
    expect(await origins()).toEqual(['bot api', 'ours api']);
    expect((await move('cluster')).origin).toBe('cluster');
    expect(await origins()).toEqual(['bot cluster', 'ours cluster']);
    const handed = (await doors.audited()).filter((line) => line.includes('handed_over'));
    expect(handed).toEqual([
      'user agent.handed_over bot',
      `user tenant.handed_over ${TENANT}`,
      'user agent.handed_over bot',
      'user agent.handed_over ours',
    ]);
    // Its resource still says `api`: what was not applied yet is not undone.
    const stale = { origin: 'api', spec: { system: 'older' } } as const;
    expect(await take('ours', stale)).toMatchObject({ outcome: 'known', agent: { revision: 1 } });
  });
});
