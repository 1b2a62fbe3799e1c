import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AgentSyncService } from '../agents/agent-sync.service.js';
import { AGENT_TOPIC, readAgentKey } from '../agents/agents.events.js';
import { ReconciliationConfig } from '../config/reconciliation.config.js';
import { Clock, type Timer } from '../platform/clock/clock.js';
import { Controller } from '../platform/controller/controller.js';
import { ControllerObserver } from '../platform/controller/controller-observer.js';
import { Lease } from '../platform/database/lease.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { HealthChecks } from '../platform/health/health-checks.js';
import { Logger } from '../platform/logging/logger.js';
import { TenantSyncService } from '../tenants/tenant-sync.service.js';
import { TENANT_TOPIC } from '../tenants/tenants.events.js';
import { AgentReconciler } from './agent/agent.reconciler.js';
import { AgentWaker } from './agent-waker.js';
import { Doors } from './doors/doors.js';
import type { Driver } from './drivers/driver.js';
import { Drivers } from './drivers/drivers.js';
import { TenantReconciler } from './tenant/tenant.reconciler.js';

const PASS_DEADLINE_MS = 30_000;
const BACK_OFF_CAP_MS = 60_000;
const TENANT_WORKERS = 16;
/** No tenant has more than this part of the workers, so that one whose node is slow leaves some. */
const TENANTS_AT_ONCE = 2;
const READ_AGAIN_MS = 2_000;

/** Runs the reconcilers while this process holds the lease, and wakes them. */
@Injectable()
export class ReconciliationService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly tenantController: Controller;
  private readonly agentController: Controller;
  private sweep: Timer | undefined;
  private readAgain: Timer | undefined;
  private turn: Promise<void> = Promise.resolve();
  private opened = false;

  constructor(
    tenantReconciler: TenantReconciler,
    agentReconciler: AgentReconciler,
    private readonly tenants: TenantSyncService,
    private readonly agents: AgentSyncService,
    private readonly drivers: Drivers,
    private readonly waker: AgentWaker,
    private readonly wakes: WakeChannel,
    private readonly lease: Lease,
    private readonly health: HealthChecks,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly config: ReconciliationConfig,
    observer: ControllerObserver,
    private readonly doors: Doors,
  ) {
    const common = { deadlineMs: PASS_DEADLINE_MS, capMs: BACK_OFF_CAP_MS, observer };
    this.tenantController = new Controller(tenantReconciler, clock, logger, {
      ...common,
      workers: TENANT_WORKERS,
    });
    this.agentController = new Controller(agentReconciler, clock, logger, {
      ...common,
      workers: config.workers,
      groupOf: (key) => readAgentKey(key).tenantId,
      mostOfAGroup: Math.ceil(config.workers / TENANTS_AT_ONCE),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    for (const driver of this.drivers.all()) {
      this.health.add('driver', () => this.check(driver));
    }
    await this.wakes.start();
    if (this.config.driver === 'none') return;
    this.waker.connect((key) => this.agentController.wake(key));
    this.wakes.on(TENANT_TOPIC, (id) => this.tenantController.wake(id));
    this.wakes.on(AGENT_TOPIC, (key) => this.agentController.wake(key));
    this.wakes.onGap(() => void this.wakeAll());
    await this.lease.start(
      () => void this.inTurn(() => this.begin()),
      () => void this.inTurn(() => this.pause()),
      () => void this.evacuate(),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.wakes.stop();
    if (this.config.driver === 'none') return;
    await this.lease.stop();
    await this.inTurn(() => this.pause());
    if (this.opened) await Promise.all(this.drivers.all().map((driver) => driver.close()));
  }

  /** A driver that works is of no use while nobody may reconcile. */
  private async check(driver: Driver): Promise<string> {
    const said = await driver.check();
    return said === 'ok' ? (this.lease.trouble ?? 'ok') : said;
  }

  /** Where nobody can lead, what keeps the place of the lease from going is let go by everybody. */
  private async evacuate(): Promise<void> {
    await this.doors.evacuate().catch((error: unknown) => {
      this.logger.warn('Resources could not be let go', { error });
    });
  }

  /** Gaining and losing the lease may follow each other faster than either is done. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch((error: unknown) => {
      this.logger.error('Reconciliation could not be switched', { error });
    });
    return this.turn;
  }

  private async begin(): Promise<void> {
    this.logger.log('Reconciliation began');
    if (this.opened) for (const driver of this.drivers.all()) driver.resume();
    else {
      for (const driver of this.drivers.all()) {
        await driver.open((tenantId) => this.tenantController.wake(tenantId));
      }
      this.opened = true;
    }
    this.tenantController.start();
    this.agentController.start();
    this.doors.start();
    await this.wakeAll();
    this.scheduleSweep();
  }

  private async pause(): Promise<void> {
    this.sweep?.cancel();
    this.sweep = undefined;
    this.readAgain?.cancel();
    await Promise.all([
      this.tenantController.stop(),
      this.agentController.stop(),
      this.doors.stop(),
    ]);
  }

  /**
   * Looks at every tenant, and at every agent whose wish was not observed yet; tries until it can,
   * because nothing else would look at a tenant that is in sync.
   */
  private async wakeAll(): Promise<void> {
    this.readAgain?.cancel();
    try {
      for (const id of await this.tenants.ids()) this.tenantController.wake(id);
      this.waker.wake(await this.agents.outOfSync());
    } catch (error) {
      this.logger.warn('Rows could not be read again', { error });
      // While it does not reconcile there is nobody to wake.
      if (!this.lease.held) return;
      this.readAgain = this.clock.after(READ_AGAIN_MS, () => void this.wakeAll());
    }
  }

  private async wakeUnobserved(): Promise<void> {
    for (const id of await this.tenants.idsOutOfSync()) this.tenantController.wake(id);
    this.waker.wake(await this.agents.outOfSync());
  }

  /** A wake can get lost; rows cannot, so they are read again now and then. */
  private scheduleSweep(): void {
    const sweep = this.clock.after(this.config.resyncSeconds * 1000, () => {
      void this.wakeUnobserved()
        .catch((error: unknown) => this.logger.warn('Rows could not be read again', { error }))
        .finally(() => {
          // Unless it was paused meanwhile.
          if (this.sweep === sweep) this.scheduleSweep();
        });
    });
    this.sweep = sweep;
  }
}
