import { Injectable } from '@nestjs/common';
import { type AgentRecord, AgentSyncService } from '../../agents/agent-sync.service.js';
import { type Condition, findCondition } from '../../platform/controller/conditions.js';
import { AgentWaker } from '../agent-waker.js';
import type { AgentFinding } from './agent.status.js';

/** Why an agent waits for another one. */
const REASON = 'ReferenceMissing';

/**
 * Keeps agents off a node that name one which is not there: the node refuses every deploy of a
 * tenant, or does not start, while a reference leads nowhere. Only the cluster's door lets such
 * agents in.
 */
@Injectable()
export class ReferenceGate {
  constructor(
    private readonly agents: AgentSyncService,
    private readonly waker: AgentWaker,
  ) {}

  /** The agents that this one names and that are not there, or wait for others themselves. */
  async missing(agent: AgentRecord): Promise<string[]> {
    const targets = [...new Set(this.agents.targetsOf(agent))];
    if (targets.length === 0) return [];
    const missing = await this.agents.missingTargets(agent);
    if (missing.length > 0) return missing;
    const rows = targets.map((name) => this.agents.findByName(agent.tenantId, name));
    return (await Promise.all(rows)).filter(waits).map(({ name }) => name);
  }

  /** Whether agents that name this one still have to leave the node before it may. */
  async isNamed({ tenantId, name }: AgentRecord): Promise<boolean> {
    const referrers = await this.agents.referrersOf(tenantId, name);
    const rows = await Promise.all(referrers.map(({ id }) => this.agents.find(id)));
    return rows.some((row) => row !== null && (!waits(row) || row.nodeAck));
  }

  /** Whether the last of that name is going, so that what names it has to go first. */
  async isLast({ tenantId, name }: AgentRecord): Promise<boolean> {
    return (await this.agents.findByName(tenantId, name)) === null;
  }

  /** Wakes those that name an agent, when it began or ended to wait. */
  async passOn(agent: AgentRecord, finding: AgentFinding): Promise<void> {
    if (waits(agent) === (finding.reason === REASON)) return;
    this.waker.wake(await this.agents.referrersOf(agent.tenantId, agent.name));
  }
}

/** What is said of an agent that waits; `isOff` once it is off the node. */
export function missingFinding(missing: readonly string[], isOff: boolean): AgentFinding {
  const names = missing.map((name) => `"${name}"`).join(', ');
  return {
    phase: 'Pending',
    ready: false,
    reason: REASON,
    message: `It names ${names}, which this tenant does not have or which waits itself.`,
    reconciling: true,
    ...(isOff ? { nodeAck: false } : {}),
  };
}

/** Whether an agent was last seen to wait for another one. */
export function waits(agent: AgentRecord | null): agent is AgentRecord {
  if (agent === null) return false;
  const conditions = JSON.parse(agent.conditions) as Condition[];
  return findCondition(conditions, 'Ready')?.reason === REASON;
}
