import { Injectable } from '@nestjs/common';
import { Reader, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { referencesOf } from './spec/agent-references.rules.js';
import type { AgentEntity } from './agent.entity.js';
import { AgentsRepository, type AgentStanding } from './agents.repository.js';

export type { AgentStanding } from './agents.repository.js';

/** What was observed of an agent; the columns that reconciliation writes. */
export type ObservedAgent = Pick<
  AgentEntity,
  'observedGeneration' | 'phase' | 'ready' | 'nodeAck' | 'lastSyncedAt' | 'conditions'
>;

/** An agent as reconciliation reads it: tombstones included. */
export type AgentRecord = Readonly<AgentEntity>;

/** What reconciliation needs of agents: their wish as it stands, and a place for what it sees. */
@Injectable()
export class AgentSyncService {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
  ) {}

  async find(id: string): Promise<AgentRecord | null> {
    return this.repository.findById(this.reader, id);
  }

  /** Every agent of a tenant, tombstones included. */
  async ofTenant(tenantId: string): Promise<readonly AgentStanding[]> {
    return this.repository.ofTenant(this.reader, tenantId);
  }

  /** Names of the agents that an agent's spec names. */
  targetsOf({ spec }: AgentRecord): string[] {
    return referencesOf(JSON.parse(spec)).map(({ target }) => target);
  }

  /** Which of the agents that an agent's spec names its tenant does not have. */
  async missingTargets(agent: AgentRecord): Promise<string[]> {
    const targets = [...new Set(this.targetsOf(agent))];
    const existing = await this.repository.existing(this.reader, agent.tenantId, targets);
    return targets.filter((name) => !existing.has(name));
  }

  /** The live agents of a tenant whose specs name another one. */
  async referrersOf(
    tenantId: string,
    name: string,
  ): Promise<Pick<AgentRecord, 'id' | 'tenantId'>[]> {
    return this.repository.referrersOf(this.reader, tenantId, name);
  }

  /** A live agent of a tenant by its name. */
  async findByName(tenantId: string, name: string): Promise<AgentRecord | null> {
    return this.repository.findLive(this.reader, tenantId, name);
  }

  /** Whether an older agent of that name still has to leave the node. */
  async waitsForTombstone(agent: AgentRecord): Promise<boolean> {
    return (await this.repository.tombstonesBefore(this.reader, { ...agent })) > 0;
  }

  /** Whether another deleted agent, still on the node, names this one. */
  async namedByTombstone(agent: AgentRecord): Promise<boolean> {
    return (await this.repository.tombstonesNaming(this.reader, { ...agent })) > 0;
  }

  /** Whether any of these agents still has to be sent. */
  async anyWaiting(tenantId: string, names: readonly string[]): Promise<boolean> {
    return (await this.repository.countWaiting(this.reader, tenantId, names)) > 0;
  }

  /** The agents whose wish was not observed yet. */
  async outOfSync(): Promise<Pick<AgentRecord, 'id' | 'tenantId'>[]> {
    return this.repository.outOfSync(this.reader);
  }

  /**
   * Writes what was observed; the columns of the wish are never touched. The very resource that was
   * made for the agent may be noted with it, so that its deletion is known for one.
   */
  async recordObserved(
    agent: AgentRecord,
    observed: Partial<ObservedAgent & Pick<AgentEntity, 'resourceUid'>>,
  ): Promise<void> {
    await this.units.run((tx) => this.repository.update(tx, agent, observed));
  }

  /** Removes a tombstone for good, once the node has confirmed. */
  async purge(agent: AgentRecord): Promise<void> {
    await this.units.run((tx) => this.repository.purge(tx, agent));
  }

  /** Removes every agent of a tenant for good. */
  async purgeTenant(tx: Tx, tenantId: string): Promise<void> {
    await this.repository.purgeTenant(tx, tenantId);
  }
}
