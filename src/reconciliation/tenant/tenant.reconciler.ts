import { Injectable } from '@nestjs/common';
import { type AgentStanding, AgentSyncService } from '../../agents/agent-sync.service.js';
import { ApiKeysService } from '../../auth/api-keys.service.js';
import { ReconciliationConfig } from '../../config/reconciliation.config.js';
import { Clock } from '../../platform/clock/clock.js';
import { carryTimes, type Condition } from '../../platform/controller/conditions.js';
import {
  again,
  DONE,
  type Pass,
  Reconciler,
  type Result,
} from '../../platform/controller/reconciler.js';
import { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Logger } from '../../platform/logging/logger.js';
import { NO_VARIABLES, NodeVariables } from '../../tenants/node-variables.service.js';
import {
  type ObservedTenant,
  type TenantRecord,
  TenantSyncService,
} from '../../tenants/tenant-sync.service.js';
import { AgentWaker } from '../agent-waker.js';
import { Doors } from '../doors/doors.js';
import { DriverRefusal, type NodeSight } from '../drivers/driver.js';
import { Drivers } from '../drivers/drivers.js';
import { NodeKnowledgeBase } from '../node-knowledge.js';
import { untilJointMoment } from '../joint-moments.js';
import { NodeCheck } from './node-check.js';
import {
  type CheckOutcome,
  deletingPlan,
  failedPlan,
  planTenant,
  type TenantPlan,
} from './tenant.plan.js';

/** Of a period, at which checks are made: the tenants of one are asked together. */
const MOMENTS = 30;
/** Of a period, for the wait until such a moment. */
const LONGEST = 1 - 1 / MOMENTS;
const SHORTEST = 0.8;
const RELEASE_RETRY_MS = 500;

/** Makes the node of a tenant what the record wants, and says how far that is. */
@Injectable()
export class TenantReconciler extends Reconciler {
  override readonly name = 'tenant';

  constructor(
    private readonly tenants: TenantSyncService,
    private readonly agents: AgentSyncService,
    private readonly keys: ApiKeysService,
    private readonly variables: NodeVariables,
    private readonly drivers: Drivers,
    private readonly check: NodeCheck,
    private readonly knowledge: NodeKnowledgeBase,
    private readonly waker: AgentWaker,
    private readonly units: UnitOfWork,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly config: ReconciliationConfig,
    private readonly doors: Doors,
  ) {
    super();
  }

  override async reconcile(id: string, { signal }: Pass): Promise<Result> {
    const tenant = await this.tenants.find(id);
    if (tenant === null) return DONE;
    if (tenant.deletedAt !== null) return this.finalize(tenant, signal);
    const driver = this.drivers.for(tenant);
    const variables = await this.variables.of(id);
    const sight = await driver.observe(tenant, variables, signal);
    const { outcome, differing } = await this.look(tenant, sight, signal);
    const plan = planTenant(tenant, sight, outcome, {
      resyncMs: this.nextCheckMs(id),
      unreadable: variables.unreadable,
    });
    try {
      for (const operation of plan.operations) {
        await driver.apply(operation, tenant, variables, signal);
      }
    } catch (error) {
      await this.tell(tenant, sight, failedPlan(tenant, error), outcome, differing);
      if (error instanceof DriverRefusal) return again(error.retryMs);
      throw error;
    }
    await this.tell(tenant, sight, plan, outcome, differing);
    return plan.nextMs === undefined ? DONE : again(plan.nextMs);
  }

  /** Writes what is new, and wakes the agents that it matters to. */
  private async tell(
    tenant: TenantRecord,
    sight: NodeSight,
    plan: TenantPlan,
    outcome: CheckOutcome | undefined,
    differing: readonly AgentStanding[],
  ): Promise<void> {
    if (await this.record(tenant, sight, plan, outcome)) await this.waker.wakeTenant(tenant.id);
    else this.waker.wake(differing);
  }

  /** Takes everything down, then forgets the tenant. */
  private async finalize(tenant: TenantRecord, signal: AbortSignal): Promise<Result> {
    const underway = await this.drivers
      .for(tenant)
      .apply({ kind: 'remove' }, tenant, NO_VARIABLES, signal);
    if (underway !== undefined) {
      await this.record(tenant, undefined, deletingPlan(tenant, underway), undefined);
      return again(underway.afterMs);
    }
    if (!(await this.doors.releaseTenant(tenant))) return again(RELEASE_RETRY_MS);
    await this.units.run(async (tx) => {
      await this.agents.purgeTenant(tx, tenant.id);
      await this.keys.purgeTenant(tx, tenant.id);
      await this.tenants.purge(tx, tenant.id);
    });
    this.knowledge.drop(tenant.id);
    this.doors.tenantObserved(tenant);
    this.logger.log('Tenant removed', { tenant: tenant.id });
    return DONE;
  }

  /** Checks a running node, unless it was checked a short while ago. */
  private async look(
    tenant: TenantRecord,
    { state, endpoint, incarnation }: NodeSight,
    signal: AbortSignal,
  ): Promise<{ outcome: CheckOutcome | undefined; differing: AgentStanding[] }> {
    if (state !== 'running' || endpoint === undefined || tenant.suspend) {
      return { outcome: undefined, differing: [] };
    }
    const known = this.knowledge.of(tenant.id);
    const recent = known.incarnation === incarnation && this.untilNextCheck(tenant.id) > 0;
    if (recent && known.failedChecks === 0) {
      const version = known.status?.version ?? null;
      return { outcome: { ok: true, version }, differing: [] };
    }
    return this.check.run(tenant, endpoint, incarnation, signal);
  }

  /** Milliseconds to the next shallow check; each is a little early or late, to spread them. */
  private untilNextCheck(tenantId: string): number {
    const { checkedMs } = this.knowledge.of(tenantId);
    if (checkedMs === undefined) return 0;
    const share = LONGEST - (LONGEST - SHORTEST) * spread(tenantId);
    const periodMs = this.config.resyncSeconds * 1000 * share;
    return Math.max(0, checkedMs + periodMs - this.clock.monotonicMs());
  }

  /** The same for when to look again: many tenants share a moment. */
  private nextCheckMs(tenantId: string): number {
    const everyMs = (this.config.resyncSeconds * 1000) / MOMENTS;
    return untilJointMoment(this.clock.monotonicMs(), this.untilNextCheck(tenantId), everyMs);
  }

  /** Writes what is new; returns whether agents have to look at their node again. */
  private async record(
    tenant: TenantRecord,
    sight: NodeSight | undefined,
    plan: TenantPlan,
    outcome: CheckOutcome | undefined,
  ): Promise<boolean> {
    const before = JSON.parse(tenant.conditions) as Condition[];
    const observed: ObservedTenant = {
      observedGeneration: tenant.generation,
      phase: plan.phase,
      conditions: JSON.stringify(carryTimes(before, plan.conditions, this.clock.nowIso())),
      nodeEndpoint: plan.ready ? (sight?.address ?? sight?.endpoint?.url ?? null) : null,
      nodeVersion: outcome?.ok === true ? outcome.version : tenant.nodeVersion,
      nodeReady: plan.ready,
    };
    const keys = Object.keys(observed) as (keyof ObservedTenant)[];
    const changes = keys.filter((key) => observed[key] !== tenant[key]);
    if (changes.length === 0) return false;
    await this.tenants.recordObserved(tenant, observed);
    this.doors.tenantObserved(tenant);
    return changes.some((key) => ['phase', 'nodeReady', 'nodeEndpoint'].includes(key));
  }
}

/** A number from 0 to 1 that is always the same for a tenant. */
function spread(tenantId: string): number {
  let sum = 0;
  for (const character of tenantId) sum = (sum * 31 + character.charCodeAt(0)) % 1000;
  return sum / 1000;
}
