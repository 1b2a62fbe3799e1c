import { Injectable } from '@nestjs/common';
import { type AuditActor, AuditTrail } from '../audit/audit-trail.service.js';
import { isUniqueViolation } from '../platform/database/database-errors.js';
import type { Tx } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import type { AgentReference } from './spec/agent-references.rules.js';
import { AgentVersionsRepository } from './agent-versions.repository.js';
import type { AgentEntity } from './agent.entity.js';
import { agentExists } from './agents.errors.js';
import { AGENT_TOPIC, agentKey } from './agents.events.js';
import { AgentsRepository } from './agents.repository.js';

/**
 * Writes of what is wanted of agents, whichever door they come through: the row, its version and
 * references, the audit, and the wakes. What is allowed is decided before.
 */
@Injectable()
export class AgentRecords {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly versions: AgentVersionsRepository,
    private readonly audit: AuditTrail,
    private readonly wakes: WakeChannel,
  ) {}

  /**
   * Adds an agent with its first spec. Those that name it already are woken: they waited for it.
   *
   * @throws AppError `agent_exists`
   */
  async add(
    tx: Tx,
    by: AuditActor,
    row: AgentEntity,
    references: readonly AgentReference[],
    action = 'agent.created',
  ): Promise<void> {
    try {
      await this.repository.add(tx, row);
    } catch (error) {
      throw isUniqueViolation(error) ? agentExists(row.name) : error;
    }
    await this.keepSpec(tx, by, row, references);
    await this.changed(tx, by, action, row);
    await this.wakeReferrers(tx, row);
  }

  /** Writes changes of the wish; with a new revision, also the version and its references. */
  async change(
    tx: Tx,
    by: AuditActor,
    row: AgentEntity,
    { action, changes, references }: AgentChange,
  ): Promise<AgentEntity> {
    const next = { ...row, ...changes, generation: row.generation + 1 };
    await this.repository.update(tx, row, { ...changes, generation: next.generation });
    if (references !== undefined) await this.keepSpec(tx, by, next, references);
    await this.changed(tx, by, action, next);
    return next;
  }

  /** Makes a row a tombstone. Those that still name it are woken: they go off the node first. */
  async bury(tx: Tx, by: AuditActor, row: AgentEntity, at: string): Promise<AgentEntity> {
    const changes = { deletedAt: at, updatedAt: at };
    const tombstone = await this.change(tx, by, row, { action: 'agent.deleted', changes });
    await this.wakeReferrers(tx, row);
    return tombstone;
  }

  /** Tells the audit of a change, and wakes the agent. */
  async changed(
    tx: Tx,
    by: AuditActor,
    action: string,
    row: Pick<AgentEntity, 'id' | 'tenantId' | 'name' | 'revision'>,
  ): Promise<void> {
    const { tenantId, name: target, revision } = row;
    const detail = { revision };
    await this.audit.record(tx, { actor: by, action, tenantId, target, detail });
    await this.wakes.publish(tx, AGENT_TOPIC, agentKey(row));
  }

  private async wakeReferrers(tx: Tx, { tenantId, name }: AgentEntity): Promise<void> {
    for (const referrer of await this.repository.referrersOf(tx, tenantId, name)) {
      await this.wakes.publish(tx, AGENT_TOPIC, agentKey(referrer));
    }
  }

  /** Notes the spec as a version, and what it refers to. */
  private async keepSpec(
    tx: Tx,
    by: AuditActor,
    row: AgentEntity,
    references: readonly AgentReference[],
  ): Promise<void> {
    await this.versions.add(tx, {
      agentId: row.id,
      revision: row.revision,
      spec: row.spec,
      version: row.version,
      createdBy: by.id,
      createdAt: row.updatedAt,
    });
    const rows = references.map(({ target, path }) => ({
      agentId: row.id,
      tenantId: row.tenantId,
      target,
      path,
    }));
    if (rows.length > 0 || row.revision > 1) await this.repository.setReferences(tx, row.id, rows);
  }
}

/** A change of what is wanted of an agent. */
export interface AgentChange {
  /** What the audit calls it. */
  action: string;
  changes: Partial<AgentEntity>;
  /** What the spec refers to; absent when the spec stays. */
  references?: readonly AgentReference[];
}
