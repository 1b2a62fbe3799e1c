/** The other door over a real database: what a driver of a cluster would call. */
import { AgentAdoption, type AgentResource } from '../../src/agents/agent-adoption.service.js';
import { AgentHandOver } from '../../src/agents/agent-handover.service.js';
import { AgentRecords } from '../../src/agents/agent-records.service.js';
import { ReferenceCheck } from '../../src/agents/agent-references.service.js';
import { AgentSyncService } from '../../src/agents/agent-sync.service.js';
import { AgentVersionsRepository } from '../../src/agents/agent-versions.repository.js';
import { AgentsRepository } from '../../src/agents/agents.repository.js';
import { AgentsService } from '../../src/agents/agents.service.js';
import type { UserActor } from '../../src/access/actor.js';
import { AuditEntryEntity } from '../../src/audit/audit-entry.entity.js';
import { AuditTrail } from '../../src/audit/audit-trail.service.js';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { ReconciliationConfig } from '../../src/config/reconciliation.config.js';
import type { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { WakeChannel } from '../../src/platform/events/wake-channel.js';
import { ClusterDeletionsRepository } from '../../src/tenants/cluster-deletions.repository.js';
import { MemberTenantScope } from '../../src/tenants/member-tenant-scope.js';
import { TenantAdoption, type TenantResource } from '../../src/tenants/tenant-adoption.service.js';
import { TenantDeletions } from '../../src/tenants/tenant-deletions.service.js';
import { TenantHandOver } from '../../src/tenants/tenant-handover.service.js';
import { TenantOwners } from '../../src/tenants/tenant-owners.service.js';
import { TenantSyncService } from '../../src/tenants/tenant-sync.service.js';
import { TenantsRepository } from '../../src/tenants/tenants.repository.js';
import { TenantsService } from '../../src/tenants/tenants.service.js';
import { NewAccounts } from '../../src/users/new-accounts.service.js';
import { UsersRepository } from '../../src/users/users.repository.js';
import { UsersService } from '../../src/users/users.service.js';
import type { TestDatabase } from './database.js';
import { ManualClock } from './manual-clock.js';

/** An admin of the installation. */
export const ADMIN_ACTOR: UserActor = {
  kind: 'user',
  id: 'usr_admin',
  label: 'admin@example.com',
  sessionId: 'ses_1',
  admin: true,
};

/** The services of both doors, wired as the modules do, with a clock that a test moves. */
export function openDoors({ database }: Pick<TestDatabase, 'database'>) {
  const { reader } = database;
  const counted = { units: 0 };
  const units: UnitOfWork = {
    run: (work) => {
      counted.units++;
      return database.units.run(work);
    },
  };
  const clock = new ManualClock();
  const wakes = new WakeChannel(clock);
  const audit = new AuditTrail(new AuditRepository(), clock);
  const accounts = new NewAccounts();
  const users = new UsersService(new UsersRepository(), audit, wakes, reader, clock, accounts);
  const rows = new TenantsRepository();
  const agentRows = new AgentsRepository();
  const scope = new MemberTenantScope(rows, reader);
  const tenants = new TenantsService(
    rows,
    scope,
    users,
    agentRows,
    audit,
    wakes,
    units,
    reader,
    clock,
    { perUser: 10, quotaMax: { maxAgents: 500, cpu: '8', memory: '16Gi' } },
  );
  const owners = new TenantOwners(rows, users, audit, wakes, units, reader, clock, accounts);
  const records = new AgentRecords(agentRows, new AgentVersionsRepository(), audit, wakes);
  const references = new ReferenceCheck(agentRows);
  const config = new ReconciliationConfig({
    driver: 'kubernetes',
    resyncSeconds: 30,
    deepResyncMinutes: 15,
    workers: 1,
  });
  const adoption = new TenantAdoption(rows, owners, audit, wakes, units, reader, clock);
  const agents = new AgentAdoption(
    agentRows,
    records,
    references,
    tenants,
    audit,
    units,
    reader,
    clock,
  );
  return {
    clock,
    wakes,
    /** How many transactions were begun. */
    counted,
    units,
    users,
    tenants,
    owners,
    adoption,
    agents,
    agentsOfApi: new AgentsService(
      agentRows,
      records,
      references,
      tenants,
      scope,
      units,
      reader,
      clock,
    ),
    agentSync: new AgentSyncService(agentRows, units, reader),
    tenantSync: new TenantSyncService(rows, units, reader),
    deletions: new TenantDeletions(
      new ClusterDeletionsRepository(),
      rows,
      audit,
      wakes,
      units,
      reader,
      clock,
    ),
    handOver: new TenantHandOver(
      tenants,
      rows,
      new AgentHandOver(agentRows, records, clock),
      scope,
      audit,
      wakes,
      units,
      clock,
      config,
    ),
    /** The audit, oldest first: who, what, of what. */
    audited: async (): Promise<string[]> => {
      const entries = await reader.manager.find(AuditEntryEntity, { order: { number: 'ASC' } });
      return entries.map((entry) => `${entry.actorKind} ${entry.action} ${entry.target}`);
    },
  };
}

export type Doors = ReturnType<typeof openDoors>;

/** A tenant's resource as somebody applied it with kubectl. */
export function tenantResource(more: Partial<TenantResource> = {}): TenantResource {
  return {
    name: 'acme',
    uid: 'uid-acme',
    origin: 'cluster',
    tenantId: null,
    owner: null,
    fieldManager: 'kubectl',
    spec: { displayName: 'Acme' },
    ...more,
  };
}

/** An agent's resource as somebody applied it with kubectl. */
export function agentResource(
  tenantId: string,
  name: string,
  more: Partial<AgentResource> & { spec?: Record<string, unknown> } = {},
): AgentResource {
  const { spec, ...rest } = more;
  const model = { primary: { provider: 'echo', model: 'echo-1' } };
  return {
    tenantId,
    name,
    uid: `uid-${name}`,
    origin: 'cluster',
    fieldManager: 'flux',
    paused: false,
    agentSpec: {
      apiVersion: 'astromesh/v1',
      kind: 'Agent',
      metadata: { name },
      spec: { model, ...spec },
    },
    ...rest,
  };
}
