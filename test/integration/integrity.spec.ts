import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentIntegrityRepository } from '../../src/agents/upkeep/agent-integrity.repository.js';
import { AgentIntegrity } from '../../src/agents/upkeep/agent-integrity.service.js';
import { AgentReferenceEntity } from '../../src/agents/agent-reference.entity.js';
import { AgentVersionEntity } from '../../src/agents/agent-version.entity.js';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { checkStorage } from '../../src/platform/database/integrity.js';
import { openSnapshot } from '../../src/platform/database/snapshot.js';
import { IntegrityChecks } from '../../src/platform/integrity/integrity-checks.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { executeSqlite } from '../support/sqlite.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { agentRow, tenantRow } from '../support/rows.js';

describe('the check of the rows', () => {
  let test: TestDatabase;
  let checks: IntegrityChecks;
  beforeEach(async () => {
    test = await openTestDatabase();
    checks = new IntegrityChecks();
    const { reader } = test.database;
    new AgentIntegrity(checks, new AgentIntegrityRepository(), reader).onModuleInit();
    await test.database.units.run(async (tx) => {
      await tx.manager.insert(TenantEntity, [
        tenantRow(),
        tenantRow({ id: 't_2', crName: 'tenant-2' }),
      ]);
      await tx.manager.insert(AgentEntity, [
        agentRow(),
        agentRow({ id: 'agt_2', name: 'helper' }),
        agentRow({ id: 'agt_3', name: 'gone', deletedAt: '2026-01-01T00:00:00.000Z' }),
      ]);
      await tx.manager.insert(AgentVersionEntity, [version('agt_1'), version('agt_2')]);
      await tx.manager.insert(AgentReferenceEntity, reference('t_1', 'helper', 'spec.one'));
    });
  });
  afterEach(() => test.close());

  it('finds nothing in a database that is well', async () => {
    expect(await checks.run()).toEqual([]);
    expect(await storage()).toEqual([]);
  });

  it('names agents whose references or versions are wrong', async () => {
    await test.database.units.run(async (tx) => {
      await tx.manager.insert(AgentReferenceEntity, [
        reference('t_1', 'nobody', 'spec.two'),
        reference('t_1', 'gone', 'spec.three'),
        reference('t_2', 'helper', 'spec.four'),
      ]);
      await tx.manager.delete(AgentVersionEntity, { agentId: 'agt_2' });
    });
    expect((await checks.run()).sort()).toEqual([
      'The agent bot of t_1 has a reference that belongs to the tenant t_2.',
      'The agent bot of t_1 names the agent gone, which its tenant does not have.',
      'The agent bot of t_1 names the agent nobody, which its tenant does not have.',
      'The agent helper of t_1 has no record of its revision 1.',
    ]);
  });

  it('finds rows that hold a key of one that is not there', async () => {
    await withoutForeignKeys(`DELETE FROM agents WHERE id = 'agt_2'`);
    expect(await storage()).toEqual([
      'In 1 row(s) of agent_versions agent_id names no row of agents.',
    ]);
  });

  const storage = async (): Promise<string[]> => {
    const snapshot = await openSnapshot(test.config);
    const found = await checkStorage(snapshot, test.database.tables);
    await snapshot.close();
    return found;
  };

  /** As a hand in the database would. */
  const withoutForeignKeys = async (sql: string): Promise<void> => {
    if (test.database.dialect === 'postgres') {
      await test.database.units.run(async (tx) => {
        await tx.manager.query('SET LOCAL session_replication_role = replica');
        await tx.manager.query(sql);
      });
      return;
    }
    await executeSqlite(test.config, `PRAGMA foreign_keys = OFF; ${sql}`);
  };
});

function version(agentId: string): AgentVersionEntity {
  const at = '2026-01-01T00:00:00.000Z';
  return { agentId, revision: 1, spec: '{}', version: null, createdBy: 'usr_1', createdAt: at };
}

function reference(tenantId: string, target: string, path: string): AgentReferenceEntity {
  return { agentId: 'agt_1', tenantId, target, path };
}
