import { Injectable } from '@nestjs/common';
import type { AuditActor } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import type { Tx } from '../platform/database/unit-of-work.js';
import { AgentOrigins } from '../tenants/agent-origins.js';
import { AgentRecords } from './agent-records.service.js';
import { AgentsRepository } from './agents.repository.js';

/** Hands the agents of a tenant over to the other door, for tenants. */
@Injectable()
export class AgentHandOver extends AgentOrigins {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly records: AgentRecords,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async handOver(
    tx: Tx,
    actor: AuditActor,
    tenantId: string,
    origin: string,
  ): Promise<number> {
    const rows = await this.repository.ofOtherOrigin(tx, tenantId, origin);
    const changes = { origin, fieldManager: null, updatedAt: this.clock.nowIso() };
    const change = { action: 'agent.handed_over', changes };
    for (const row of rows) await this.records.change(tx, actor, row, change);
    return rows.length;
  }
}
