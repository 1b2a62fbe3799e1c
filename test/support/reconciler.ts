/** The reconcilers over a real database and a real reference node, without a server around them. */
import { AgentSyncService } from '../../src/agents/agent-sync.service.js';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { AgentsRepository } from '../../src/agents/agents.repository.js';
import { NodesConfig } from '../../src/config/nodes.config.js';
import { ReconciliationConfig } from '../../src/config/reconciliation.config.js';
import type { NodeEndpoint, NodeLogLine } from '../../src/nodes/node-access.js';
import { NodeClient } from '../../src/nodes/node-client.service.js';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import type { Result } from '../../src/platform/controller/reconciler.js';
import { AgentNode } from '../../src/reconciliation/agent/agent-node.js';
import { AgentReconciler } from '../../src/reconciliation/agent/agent.reconciler.js';
import { ReferenceGate } from '../../src/reconciliation/agent/reference-gate.js';
import { AgentWaker } from '../../src/reconciliation/agent-waker.js';
import { Driver, type NodeSight } from '../../src/reconciliation/drivers/driver.js';
import { NoDoors } from '../../src/reconciliation/doors/doors.js';
import { Drivers } from '../../src/reconciliation/drivers/drivers.js';
import { NodeKnowledgeBase } from '../../src/reconciliation/node-knowledge.js';
import { TenantSyncService } from '../../src/tenants/tenant-sync.service.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { TenantsRepository } from '../../src/tenants/tenants.repository.js';
import type { TestDatabase } from './database.js';
import { Mortal } from './mortal.js';
import { agentRow, tenantRow } from './rows.js';

/** A node that was started elsewhere. */
class GivenNode extends Driver {
  override readonly name = 'given';
  constructor(private readonly url: string) {
    super();
  }
  override async open(): Promise<void> {}
  override async close(): Promise<void> {}
  override async observe(): Promise<NodeSight> {
    throw new Error('Nobody asks');
  }
  override async apply(): Promise<void> {}
  override async endpointOf(): Promise<NodeEndpoint> {
    return { url: this.url };
  }
  override async logLines(): Promise<NodeLogLine[]> {
    return [];
  }
  override async check(): Promise<string> {
    return 'ok';
  }
}

const nodesConfig = new NodesConfig({
  command: undefined,
  templateDir: undefined,
  environment: [],
  startTimeoutSeconds: 5,
  localStarts: 1,
  ports: { first: 1, last: 2 },
  runTimeoutSeconds: 5,
});
const reconciliationConfig = new ReconciliationConfig({
  driver: 'local',
  resyncSeconds: 30,
  deepResyncMinutes: 15,
  workers: 1,
});

/** The calls that change a node. */
const WRITES = ['register', 'deploy', 'pause', 'remove'] as const;

/** One process' worth of reconciling: what it remembers dies with it. */
export class TestReconciler extends Mortal {
  /** What it remembers of nodes. */
  readonly knowledge = new NodeKnowledgeBase();
  private readonly reconciler: AgentReconciler;
  private readonly sync: AgentSyncService;

  constructor(test: TestDatabase, url: string) {
    super();
    const { units, reader } = test.database;
    const clock = new SystemClock();
    const client = new NodeClient(nodesConfig);
    for (const name of WRITES) this.watch(client, name);
    this.sync = new AgentSyncService(new AgentsRepository(), units, reader);
    this.watch(this.sync, 'recordObserved', 'status');
    this.watch(this.sync, 'purge');
    this.reconciler = new AgentReconciler(
      this.sync,
      new TenantSyncService(new TenantsRepository(), units, reader),
      new Drivers(new GivenNode(url)),
      this.knowledge,
      new AgentNode(client, clock, reconciliationConfig),
      clock,
      new NoDoors(),
      new ReferenceGate(this.sync, new AgentWaker(this.sync)),
    );
  }

  pass(id: string, failures = 0): Promise<Result> {
    return this.reconciler.reconcile(id, { failures, signal: AbortSignal.timeout(10_000) });
  }

  /** Passes until nothing is to be done at once, as a controller would. */
  async settle(ids: readonly string[]): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const before = this.writes.length;
      for (const id of ids) await this.pass(id, round).catch(() => undefined);
      if (this.writes.length === before && round > 0) return;
    }
    throw new Error(`It does not settle: ${this.writes.join(' ')}`);
  }
}

/** Puts a ready tenant and agents of it into the database, as the API would. */
export async function seed(test: TestDatabase, agents: Partial<AgentEntity>[]): Promise<void> {
  await test.database.units.run(async (tx) => {
    await tx.manager.insert(TenantEntity, tenantRow());
    for (const more of agents) {
      await tx.manager.insert(AgentEntity, { ...NEW, ...more });
    }
  });
}

/** Changes a row as the API would. */
export async function change(
  test: TestDatabase,
  id: string,
  changes: Partial<AgentEntity>,
): Promise<void> {
  await test.database.units.run((tx) => tx.manager.update(AgentEntity, { id }, changes));
}

export async function rowOf(test: TestDatabase, id: string): Promise<AgentEntity | null> {
  return test.database.reader.manager.findOneBy(AgentEntity, { id });
}

/** An agent that was just created. */
const NEW = agentRow({
  generation: 1,
  observedGeneration: 0,
  phase: 'Pending',
  ready: false,
  nodeAck: false,
  lastSyncedAt: null,
});
