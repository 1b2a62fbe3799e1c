import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { AuditTrail } from '../audit/audit-trail.service.js';
import { ReconciliationConfig } from '../config/reconciliation.config.js';
import { Clock } from '../platform/clock/clock.js';
import { type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { AgentOrigins } from './agent-origins.js';
import type { TenantEntity } from './tenant.entity.js';
import { noCluster, tenantDeleting, tenantNotFound } from './tenants.errors.js';
import { TENANT_TOPIC } from './tenants.events.js';
import { TenantsRepository } from './tenants.repository.js';
import type { HandOver, TenantView } from './tenants.schemas.js';
import { TenantsService } from './tenants.service.js';

/**
 * Hands tenants and their agents over between the API and the cluster. What is handed to the cluster
 * is applied there once more as it stands, so that nothing is lost that was not applied yet.
 */
@Injectable()
export class TenantHandOver {
  constructor(
    private readonly tenants: TenantsService,
    private readonly repository: TenantsRepository,
    private readonly agents: AgentOrigins,
    private readonly scope: TenantScope,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
    private readonly units: UnitOfWork,
    private readonly clock: Clock,
    private readonly config: ReconciliationConfig,
  ) {}

  /** @throws AppError `no_cluster`, `tenant_deleting` */
  async handOver(
    actor: Actor,
    idOrName: string,
    wanted: HandOver,
    hints: TenantHints,
  ): Promise<TenantView> {
    const options = { below: false, hints };
    const { id } = await this.scope.open(actor, idOrName, 'tenants:handover', options);
    const { driver } = this.config;
    // Back to the API is always possible: a record that came from a cluster may be served without.
    if (wanted.origin === 'cluster' && driver !== 'kubernetes') throw noCluster();
    await this.units.run((tx) => this.move(tx, actor, id, wanted));
    return this.tenants.get(actor, id);
  }

  private async move(tx: Tx, actor: Actor, id: string, { origin, only }: HandOver): Promise<void> {
    const tenant = await this.repository.lock(tx, id);
    if (tenant === null) throw tenantNotFound();
    if (tenant.deletedAt !== null) throw tenantDeleting();
    if (only !== 'tenant') await this.agents.handOver(tx, actor, id, origin);
    if (only !== 'agents') await this.moveTenant(tx, actor, tenant, origin);
  }

  private async moveTenant(
    tx: Tx,
    actor: Actor,
    tenant: TenantEntity,
    origin: HandOver['origin'],
  ): Promise<void> {
    if (tenant.origin === origin) return;
    const { id } = tenant;
    await this.repository.update(tx, id, {
      origin,
      fieldManager: null,
      generation: tenant.generation + 1,
      updatedAt: this.clock.nowIso(),
    });
    const detail = { origin, before: tenant.origin };
    await this.audit.record(tx, {
      actor,
      action: 'tenant.handed_over',
      tenantId: id,
      target: id,
      detail,
    });
    await this.wakes.publish(tx, TENANT_TOPIC, id);
  }
}
