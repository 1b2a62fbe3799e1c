/** Everything that reconciles, on a clock that a test moves, over a real database and a real node. */
import { AgentSyncService } from '../../src/agents/agent-sync.service.js';
import { AgentsRepository } from '../../src/agents/agents.repository.js';
import { AuditTrail } from '../../src/audit/audit-trail.service.js';
import { AuditRepository } from '../../src/audit/audit.repository.js';
import { ApiKeysRepository } from '../../src/auth/api-keys.repository.js';
import { ApiKeysService } from '../../src/auth/api-keys.service.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { NodeEndpoint, NodeLogLine } from '../../src/nodes/node-access.js';
import { NodeClient } from '../../src/nodes/node-client.service.js';
import { FolderLease } from '../../src/platform/database/lease.js';
import { WakeChannel } from '../../src/platform/events/wake-channel.js';
import { ControllerObserver } from '../../src/platform/controller/controller-observer.js';
import { HealthChecks } from '../../src/platform/health/health-checks.js';
import { AgentNode } from '../../src/reconciliation/agent/agent-node.js';
import { AgentReconciler } from '../../src/reconciliation/agent/agent.reconciler.js';
import { ReferenceGate } from '../../src/reconciliation/agent/reference-gate.js';
import { AgentWaker } from '../../src/reconciliation/agent-waker.js';
import {
  Driver,
  type NodeOperation,
  type NodeSight,
} from '../../src/reconciliation/drivers/driver.js';
import { NoDoors } from '../../src/reconciliation/doors/doors.js';
import { Drivers } from '../../src/reconciliation/drivers/drivers.js';
import { NodeKnowledgeBase } from '../../src/reconciliation/node-knowledge.js';
import { ReconciliationService } from '../../src/reconciliation/reconciliation.service.js';
import { TenantReconciler } from '../../src/reconciliation/tenant/tenant.reconciler.js';
import { MemberTenantScope } from '../../src/tenants/member-tenant-scope.js';
import { TenantChanges } from '../../src/tenants/tenant-changes.service.js';
import { NodeVariables } from '../../src/tenants/node-variables.service.js';
import { TenantSyncService, type TenantRecord } from '../../src/tenants/tenant-sync.service.js';
import { TenantsRepository } from '../../src/tenants/tenants.repository.js';
import type { TestDatabase } from './database.js';
import { type Gate, startGate } from './gate.js';
import { ManualClock, settle } from './manual-clock.js';
import { makeNodeCheck } from './node-check.js';
import { startTestNode, type TestNode } from './reference-node.js';
import { recordingLogger } from './silent-logger.js';

const SECOND = 1000;

/** One call that reached the node. */
export interface NodeCall {
  tenantId: string;
  /** `METHOD /path` */
  call: string;
  /** Milliseconds on the clock of the test. */
  atMs: number;
}

/** Runs the node that was started elsewhere as if it were one a tenant. */
class GatedNodes extends Driver {
  override readonly name = 'gated';
  readonly operations: NodeOperation[] = [];
  private readonly stopped = new Set<string>();
  private starts = 1;

  constructor(private readonly gate: Gate) {
    super();
  }
  override async open(): Promise<void> {}
  override async close(): Promise<void> {}
  override async observe({ id }: TenantRecord): Promise<NodeSight> {
    const runs = !this.stopped.has(id);
    return {
      state: runs ? 'running' : 'stopped',
      endpoint: runs ? { url: this.gate.urlFor(id) } : undefined,
      current: true,
      incarnation: String(this.starts),
      restartInMs: 0,
      lastExit: undefined,
    };
  }
  override async apply(operation: NodeOperation, { id }: TenantRecord): Promise<void> {
    this.operations.push(operation);
    if (operation.kind !== 'start') this.stopped.add(id);
    else if (this.stopped.delete(id)) {
      this.starts++;
      this.gate.modes.delete(id);
    }
  }
  override async endpointOf({ id }: TenantRecord): Promise<NodeEndpoint> {
    return { url: this.gate.urlFor(id) };
  }
  override async logLines(): Promise<NodeLogLine[]> {
    return [];
  }
  override async check(): Promise<string> {
    return 'ok';
  }
}

/** The service that runs the reconcilers, with the settings' defaults, and what it was seen to do. */
export class TestReconciliation {
  readonly calls: NodeCall[] = [];
  /** When rows were read again, on the clock of the test. */
  readonly sweeps: number[] = [];
  private inWork = 0;

  private constructor(
    readonly clock: ManualClock,
    readonly node: TestNode,
    readonly gate: Gate,
    readonly lines: readonly string[],
    readonly service: ReconciliationService,
    readonly wakes: WakeChannel,
    private readonly driver: GatedNodes,
  ) {}

  /** Begins to reconcile what is in the database, and goes on until there is nothing to do. */
  static async start(test: TestDatabase): Promise<TestReconciliation> {
    const { units, reader } = test.database;
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    const { nodes, reconciliation } = loadConfig({ NEXUS_DATA_DIR: test.config.dataDir });
    const client = new NodeClient(nodes);
    const node = await startTestNode();
    const gate = await startGate(node.url, (tenantId, call) =>
      made.calls.push({ tenantId, call, atMs: clock.monotonicMs() }),
    );
    const driver = new GatedNodes(gate);
    const drivers = new Drivers(driver);
    const agents = new AgentSyncService(new AgentsRepository(), units, reader);
    const tenants = new TenantSyncService(new TenantsRepository(), units, reader);
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
    const knowledge = new NodeKnowledgeBase();
    const waker = new AgentWaker(agents);
    const tenantReconciler = new TenantReconciler(
      tenants,
      agents,
      keys,
      new NodeVariables(),
      drivers,
      makeNodeCheck({ client, agents, knowledge, units, reader, clock, logger }),
      knowledge,
      waker,
      units,
      clock,
      logger,
      reconciliation,
      new NoDoors(),
    );
    const agentReconciler = new AgentReconciler(
      agents,
      tenants,
      drivers,
      knowledge,
      new AgentNode(client, clock, reconciliation),
      clock,
      new NoDoors(),
      new ReferenceGate(agents, waker),
    );
    const wakes = new WakeChannel(clock);
    const service = new ReconciliationService(
      tenantReconciler,
      agentReconciler,
      tenants,
      agents,
      drivers,
      waker,
      wakes,
      new FolderLease(),
      new HealthChecks(),
      clock,
      logger,
      reconciliation,
      new ControllerObserver(),
      new NoDoors(),
    );
    const made = new TestReconciliation(clock, node, gate, lines, service, wakes, driver);
    made.follow(tenantReconciler, 'reconcile');
    made.follow(agentReconciler, 'reconcile');
    made.follow(tenants, 'ids');
    made.follow(tenants, 'idsOutOfSync', () => made.sweeps.push(clock.monotonicMs()));
    made.follow(agents, 'outOfSync');
    await service.onApplicationBootstrap();
    await made.advance(SECOND, 50);
    return made;
  }

  get operations(): readonly string[] {
    return this.driver.operations.map(({ kind }) => kind);
  }

  /** When a tenant's node was asked for something, in milliseconds on the clock of the test. */
  timesOf(call: string, tenantId?: string): number[] {
    return this.calls
      .filter((one) => one.call === call && (tenantId ?? one.tenantId) === one.tenantId)
      .map(({ atMs }) => atMs);
  }

  /** Moves time on step by step, and lets all that falls due come to its end in between. */
  async advance(ms: number, stepMs = SECOND): Promise<void> {
    await this.quiet();
    for (let moved = 0; moved < ms; moved += stepMs) {
      await this.clock.advance(Math.min(stepMs, ms - moved));
      await this.quiet();
    }
  }

  /** Waits until nothing is in work. */
  async quiet(): Promise<void> {
    await settle();
    while (this.inWork > 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await settle();
    }
  }

  /** Knows from now on when a method is in work. */
  private follow<T extends object>(
    target: T,
    method: keyof T & string,
    begins: () => unknown = () => undefined,
  ): void {
    const original = target[method] as (...args: unknown[]) => Promise<unknown>;
    const followed = async (...args: unknown[]): Promise<unknown> => {
      this.inWork++;
      begins();
      try {
        return await original.apply(target, args);
      } finally {
        this.inWork--;
      }
    };
    Object.defineProperty(target, method, { value: followed });
  }
}
