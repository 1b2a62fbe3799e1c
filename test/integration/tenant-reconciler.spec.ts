import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { agentKey } from '../../src/agents/agents.events.js';
import { ApiKeyEntity } from '../../src/auth/api-key.entity.js';
import { TenantMemberEntity } from '../../src/tenants/tenant-member.entity.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { UserEntity } from '../../src/users/user.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { processesOf, runs } from '../support/processes.js';
import { agentRow, userRow } from '../support/rows.js';
import { newTenant, TestTenantReconciler } from '../support/tenant-reconciler.js';
import { until } from '../support/until.js';

const DELETED_AT = '2026-01-02T00:00:00.000Z';

describe(`the tenant reconciler with ${NODE_UNDER_TEST} nodes on this machine`, () => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await openTestDatabase();
  });
  afterEach(async () => {
    // Also takes over what the dead have left.
    await (await begin()).driver.close();
    const left = processesOf(test.config.dataDir);
    await test.close();
    if (left.length > 0) throw new Error(`Left over: ${left.join(' ')}`);
  });

  /** Another process. */
  const begin = () => TestTenantReconciler.start(test);
  const insert = (...tenants: TenantEntity[]) =>
    test.database.units.run((tx) => tx.manager.insert(TenantEntity, tenants));
  /** Changes the wish as the API would. */
  const wish = (id: string, changes: Partial<TenantEntity>) =>
    test.database.units.run((tx) => tx.manager.update(TenantEntity, { id }, changes));
  const rowOf = (id: string) => test.database.reader.manager.findOneBy(TenantEntity, { id });
  const folderOf = (id: string) =>
    path.join(test.config.dataDir, 'nodes', id.replace('t_', 'tenant-'));
  const nodesOf = (id: string) => processesOf(folderOf(id)).map(Number);
  const ready = { phase: 'Ready', nodeReady: true };

  it('brings up a node, and writes nothing in a second pass', async () => {
    await insert(newTenant('t_one'));
    const reconciler = await begin();
    await reconciler.settle('t_one');
    expect(reconciler.writes.filter((word) => word !== 'status')).toEqual(['start']);
    const first = await rowOf('t_one');
    expect(first).toMatchObject({ ...ready, observedGeneration: 1 });
    expect((await fetch(`${first?.nodeEndpoint}/v1/health`)).status).toBe(200);
    const { units, writes } = reconciler;
    const before = { units, writes: [...writes] };
    await reconciler.pass('t_one');
    expect({ units: reconciler.units, writes }).toEqual(before);
    expect(await rowOf('t_one')).toEqual(first);
  });

  it('writes nothing when another process takes over what has converged', async () => {
    await insert(newTenant('t_one'));
    const former = await begin();
    await former.settle('t_one');
    former.die();
    const first = await rowOf('t_one');
    const nodes = nodesOf('t_one');
    const other = await begin();
    await other.settle('t_one');
    expect(other.writes).toEqual([]);
    expect(other.units).toBe(0);
    expect(await rowOf('t_one')).toEqual(first);
    expect(nodesOf('t_one')).toEqual(nodes);
  });

  it('needs no event: it sees what happened while nobody was there', async () => {
    await insert(newTenant('t_killed'), newTenant('t_changed'), newTenant('t_suspended'));
    const former = await begin();
    for (const id of ['t_killed', 't_changed', 't_suspended']) await former.settle(id);
    former.die();
    const [killed = 0] = nodesOf('t_killed');
    const [outdated = 0] = nodesOf('t_changed');
    process.kill(killed, 'SIGKILL');
    await until('it is dead', async () => !runs(killed));
    await wish('t_changed', { nodeProfile: 'gateway', generation: 2 });
    await wish('t_suspended', { suspend: true, generation: 2 });
    const other = await begin();
    for (const id of ['t_killed', 't_changed', 't_suspended']) await other.settle(id);
    expect(nodesOf('t_killed')).toHaveLength(1);
    expect(nodesOf('t_killed')).not.toContain(killed);
    expect(await rowOf('t_killed')).toMatchObject(ready);
    expect(nodesOf('t_changed')).toHaveLength(1);
    expect(nodesOf('t_changed')).not.toContain(outdated);
    expect(await rowOf('t_changed')).toMatchObject({ ...ready, observedGeneration: 2 });
    expect(nodesOf('t_suspended')).toEqual([]);
    const suspended = { phase: 'Suspended', nodeReady: false, observedGeneration: 2 };
    expect(await rowOf('t_suspended')).toMatchObject(suspended);
  });

  it('wakes the agents of a node that came, and of one that went', async () => {
    await insert(newTenant('t_one'));
    const row = agentRow({ tenantId: 't_one' });
    await test.database.units.run((tx) => tx.manager.insert(AgentEntity, row));
    const reconciler = await begin();
    await reconciler.settle('t_one');
    expect(reconciler.woken).toContain(agentKey(row));
    reconciler.woken.length = 0;
    await reconciler.pass('t_one');
    expect(reconciler.woken).toEqual([]);
    await wish('t_one', { suspend: true, generation: 2 });
    await reconciler.settle('t_one');
    expect(reconciler.woken).toContain(agentKey(row));
  });

  it('says what it saw, of the wish that it read: a newer one stays open', async () => {
    await insert(newTenant('t_one'));
    const reconciler = await begin();
    const newer = { suspend: true, displayName: 'Renamed', generation: 2 };
    reconciler.before = async (word) => {
      if (word === 'status') await wish('t_one', newer);
    };
    await reconciler.pass('t_one');
    reconciler.before = async () => undefined;
    const seen = { phase: 'Provisioning', observedGeneration: 1 };
    expect(await rowOf('t_one')).toMatchObject({ ...newer, ...seen });
    await reconciler.settle('t_one');
    const done = { phase: 'Suspended', observedGeneration: 2 };
    expect(await rowOf('t_one')).toMatchObject({ ...newer, ...done });
    expect(nodesOf('t_one')).toEqual([]);
  });

  it('takes a deleted tenant down, also when it was half-way already', async () => {
    await insert(newTenant('t_one'), newTenant('t_other'));
    await test.database.units.run((tx) => tx.manager.insert(UserEntity, userRow('usr_1')));
    await fill('t_one');
    await fill('t_other');
    const former = await begin();
    await former.settle('t_one');
    await wish('t_one', { deletedAt: DELETED_AT, generation: 2 });
    expect(await former.diesWithin('t_one', 1)).toBe(true);
    expect(former.writes.at(-1)).toBe('remove');
    expect(nodesOf('t_one')).toEqual([]);
    expect(existsSync(folderOf('t_one'))).toBe(false);
    expect(await rowsOf('t_one')).toEqual([1, 1, 1, 1]);
    const other = await begin();
    await other.settle('t_one');
    expect(other.writes).toEqual(['remove', 'purge']);
    expect(await rowsOf('t_one')).toEqual([0, 0, 0, 0]);
    expect(await rowsOf('t_other')).toEqual([1, 1, 1, 1]);
    const { units } = other;
    await other.settle('t_one');
    expect(other.units).toBe(units);
  });

  /** Every wish, from a ready tenant or from none, and what comes of it. */
  const wishes: [string, 'new' | 'ready', Partial<TenantEntity>, object | null][] = [
    ['a new node', 'new', {}, ready],
    ['new settings', 'ready', { nodeProfile: 'gateway' }, ready],
    ['a suspended tenant', 'ready', { suspend: true }, { phase: 'Suspended', nodeReady: false }],
    ['nothing at all', 'ready', { deletedAt: DELETED_AT }, null],
  ];

  it.each(wishes)(
    'converges to %s after a crash between any two changes',
    async (_goal, from, changes, expected) => {
      for (let died = 0, alive = false; !alive; died++) {
        const id = `t_${died}`;
        await insert(newTenant(id, from === 'new' ? changes : {}));
        const first = await begin();
        if (from === 'ready') {
          await first.settle(id);
          await wish(id, { ...changes, generation: 2 });
        }
        alive = !(await first.diesWithin(id, died));
        expect(died, 'it took fewer changes').toBeLessThan(20);
        const second = await begin();
        await second.settle(id);
        const row = await rowOf(id);
        const after = `after ${died} changes`;
        const seen = row && { phase: row.phase, nodeReady: row.nodeReady };
        expect(seen, after).toEqual(expected);
        expect(row?.observedGeneration, after).toBe(row?.generation);
        expect(nodesOf(id), after).toHaveLength(expected === ready ? 1 : 0);
        const { length } = second.writes;
        await second.pass(id);
        expect(second.writes, after).toHaveLength(length);
        await second.driver.close();
      }
    },
  );

  /** Gives a tenant a member, an agent and a key. */
  async function fill(id: string): Promise<void> {
    const at = '2026-01-01T00:00:00.000Z';
    await test.database.units.run(async (tx) => {
      const member = { tenantId: id, userId: 'usr_1', role: 'owner', createdAt: at };
      await tx.manager.insert(TenantMemberEntity, member);
      await tx.manager.insert(AgentEntity, agentRow({ id: `agt_${id}`, tenantId: id }));
      await tx.manager.insert(ApiKeyEntity, {
        hash: id,
        prefix: 'nxk_',
        tenantId: id,
        scopes: '[]',
        label: 'a key',
        createdBy: 'usr_1',
        createdAt: at,
        expiresAt: null,
        lastUsedAt: null,
        revokedAt: null,
      });
    });
  }

  /** How many rows of a tenant there are: itself, members, agents, keys. */
  async function rowsOf(id: string): Promise<number[]> {
    const { manager } = test.database.reader;
    return Promise.all([
      manager.countBy(TenantEntity, { id }),
      manager.countBy(TenantMemberEntity, { tenantId: id }),
      manager.countBy(AgentEntity, { tenantId: id }),
      manager.countBy(ApiKeyEntity, { tenantId: id }),
    ]);
  }
});
