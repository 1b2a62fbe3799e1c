/** The tenant reconciler over a real database and the real local driver, without a server around them. */
import path from 'node:path';
import { AgentSyncService } from '../../src/agents/agent-sync.service.js';
import { AgentsRepository } from '../../src/agents/agents.repository.js';
import { ApiKeysRepository } from '../../src/auth/api-keys.repository.js';
import { ApiKeysService } from '../../src/auth/api-keys.service.js';
import { AuditTrail } from '../../src/audit/audit-trail.service.js';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { loadConfig } from '../../src/config/load-config.js';
import { NodeClient } from '../../src/nodes/node-client.service.js';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import type { Result } from '../../src/platform/controller/reconciler.js';
import type { UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import { AgentWaker } from '../../src/reconciliation/agent-waker.js';
import type { NodeOperation } from '../../src/reconciliation/drivers/driver.js';
import { NoDoors } from '../../src/reconciliation/doors/doors.js';
import { Drivers } from '../../src/reconciliation/drivers/drivers.js';
import { WakeChannel } from '../../src/platform/events/wake-channel.js';
import { LocalDriver } from '../../src/reconciliation/drivers/local/local.driver.js';
import { NodeKnowledgeBase } from '../../src/reconciliation/node-knowledge.js';
import { TenantReconciler } from '../../src/reconciliation/tenant/tenant.reconciler.js';
import { MemberTenantScope } from '../../src/tenants/member-tenant-scope.js';
import { TenantChanges } from '../../src/tenants/tenant-changes.service.js';
import { TenantSyncService } from '../../src/tenants/tenant-sync.service.js';
import type { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { TenantsRepository } from '../../src/tenants/tenants.repository.js';
import { NodeVariables } from '../../src/tenants/node-variables.service.js';
import type { TestDatabase } from './database.js';
import { Mortal } from './mortal.js';
import { makeNodeCheck } from './node-check.js';
import { nodeCommandUnderTest } from './node-under-test.js';
import { tenantRow } from './rows.js';
import { portBlock } from './server.js';
import { silentLogger } from './silent-logger.js';

const SETTLE_WITHIN_MS = 60_000;
/** Results that ask for another look sooner than this are followed. */
const SOON_MS = 2_000;

/** One process' worth of reconciling tenants: what it remembers dies with it, its nodes live on. */
export class TestTenantReconciler extends Mortal {
  /** Keys of the agents that were woken. */
  readonly woken: string[] = [];

  private constructor(
    private readonly reconciler: TenantReconciler,
    readonly driver: LocalDriver,
    private readonly counted: { units: number },
  ) {
    super();
  }

  /** How many transactions were begun. */
  get units(): number {
    return this.counted.units;
  }

  /** Begins as a server does that finds what another one left. */
  static async start(test: TestDatabase): Promise<TestTenantReconciler> {
    const { reader } = test.database;
    const clock = new SystemClock();
    const logger = silentLogger();
    const config = loadConfig({
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NEXUS_DATA_DIR: test.config.dataDir,
      NEXUS_NODE_COMMAND: (await nodeCommandUnderTest()) ?? BUILT_NODE,
      NEXUS_NODE_PORTS: portBlock(),
    });
    const counted = { units: 0 };
    const units: UnitOfWork = {
      run: (work) => {
        counted.units++;
        return test.database.units.run(work);
      },
    };
    const client = new NodeClient(config.nodes);
    const driver = new LocalDriver(config, client, clock, logger);
    const agents = new AgentSyncService(new AgentsRepository(), units, reader);
    const tenants = new TenantSyncService(new TenantsRepository(), units, reader);
    const knowledge = new NodeKnowledgeBase();
    const waker = new AgentWaker(agents);
    const scope = new MemberTenantScope(new TenantsRepository(), reader);
    const keys = new ApiKeysService(
      new ApiKeysRepository(),
      scope,
      new TenantChanges(new TenantsRepository(), scope, units),
      new AuditTrail(new AuditRepository(), clock),
      new WakeChannel(clock),
      units,
      reader,
      clock,
    );
    const reconciler = new TenantReconciler(
      tenants,
      agents,
      keys,
      new NodeVariables(),
      new Drivers(driver),
      makeNodeCheck({ client, agents, knowledge, units, reader, clock, logger }),
      knowledge,
      waker,
      units,
      clock,
      logger,
      config.reconciliation,
      new NoDoors(),
    );
    const made = new TestTenantReconciler(reconciler, driver, counted);
    waker.connect((id) => made.woken.push(id));
    made.watch(driver, 'apply', ({ kind }: NodeOperation) => kind);
    made.watch(tenants, 'recordObserved', 'status');
    made.watch(tenants, 'purge');
    await driver.open(() => undefined);
    return made;
  }

  pass(id: string): Promise<Result> {
    return this.reconciler.reconcile(id, { failures: 0, signal: AbortSignal.timeout(30_000) });
  }

  /** Passes as a controller would until nothing is to be done soon. */
  async settle(id: string): Promise<void> {
    const deadline = Date.now() + SETTLE_WITHIN_MS;
    for (;;) {
      const result = await this.pass(id);
      if (result.kind === 'done' || result.afterMs > SOON_MS) return;
      if (Date.now() > deadline) throw new Error(`It does not settle: ${this.writes.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, result.afterMs));
    }
  }

  /** Lets it settle, killed right after so many changes; gives whether it had not finished. */
  async diesWithin(id: string, changes: number): Promise<boolean> {
    this.dieAfter = this.writes.length + changes;
    const unfinished = await this.settle(id).then(
      () => false,
      () => true,
    );
    this.die();
    return unfinished;
  }

  /** Dies: nobody looks after its nodes any longer, and nothing more is changed. */
  die(): void {
    this.dieAfter = 0;
    this.driver['children'].release();
  }
}

const BUILT_NODE = `'${process.execPath}' '${path.resolve('dist/node/main.js')}' --host {host} --port {port} --dir {dir}`;

/** A tenant that was just created. */
export function newTenant(id: string, more: Partial<TenantEntity> = {}): TenantEntity {
  return tenantRow({
    id,
    crName: `tenant-${id.replace('t_', '')}`,
    memory: '512Mi',
    generation: 1,
    observedGeneration: 0,
    phase: 'Pending',
    nodeEndpoint: null,
    nodeVersion: null,
    nodeReady: false,
    ...more,
  });
}
