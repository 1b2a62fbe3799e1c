import { Injectable } from '@nestjs/common';
import { AgentSyncService, type AgentStanding } from '../../agents/agent-sync.service.js';
import { hasRestarted } from '../agent-on-node.rules.js';
import type { NodeEndpoint } from '../../nodes/node-access.js';
import { NodeClient } from '../../nodes/node-client.service.js';
import type { ListedAgent } from '../../nodes/node.schemas.js';
import { Clock } from '../../platform/clock/clock.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import { type NodeKnowledge, NodeKnowledgeBase } from '../node-knowledge.js';
import type { CheckOutcome } from './tenant.plan.js';
import { TraceReader } from './trace-reader.js';

/** A shallow check, and the agents that it found different. */
export interface CheckedNode {
  outcome: CheckOutcome;
  /** The agents to look at. */
  differing: AgentStanding[];
}

/**
 * The shallow check of a node: one list and one status, compared with what is wanted. Agents that
 * somebody else put on the node are none of ours and are left alone.
 */
@Injectable()
export class NodeCheck {
  constructor(
    private readonly client: NodeClient,
    private readonly agents: AgentSyncService,
    private readonly traces: TraceReader,
    private readonly knowledge: NodeKnowledgeBase,
    private readonly clock: Clock,
  ) {}

  async run(
    tenant: TenantRecord,
    endpoint: NodeEndpoint,
    incarnation: string | undefined,
    signal: AbortSignal,
  ): Promise<CheckedNode> {
    const before = this.knowledge.of(tenant.id);
    try {
      // One after the other, over one connection: a node closes it before the next check.
      const status = await this.client.status(endpoint, signal);
      const askedMs = this.clock.monotonicMs();
      const listed = await this.client.list(endpoint, signal);
      const fresh =
        before.incarnation !== incarnation ||
        before.status === undefined ||
        hasRestarted(before.status, status);
      const knowledge = fresh ? this.knowledge.reset(tenant.id, incarnation) : before;
      knowledge.status = status;
      knowledge.checkedMs = this.clock.monotonicMs();
      knowledge.failedChecks = 0;
      // Agents are brought on meanwhile: what they were told since is newer than the list.
      knowledge.takeList(listed, askedMs);
      const rows = await this.agents.ofTenant(tenant.id);
      const judged = rows.filter(({ name }) => !knowledge.isNewerThan(askedMs, name));
      const differing = judged.filter((row) => fresh || differs(row, listed, knowledge));
      for (const { name } of differing) knowledge.forget(name);
      await this.traces.read(tenant.id, endpoint, knowledge, rows, signal);
      return {
        outcome: { ok: true, version: status.version ?? null },
        differing,
      };
    } catch (error) {
      signal.throwIfAborted();
      const failures = ++before.failedChecks;
      return { outcome: { ok: false, failures, reason: reasonOf(error) }, differing: [] };
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the list shows an agent other than it should be; what is under way is not judged. */
function differs(
  row: AgentStanding,
  listed: readonly ListedAgent[],
  known: NodeKnowledge,
): boolean {
  if (row.deletedAt !== null) return true;
  if (row.generation !== row.observedGeneration) return true;
  if (known.refused.get(row.name) === row.generation) return false;
  const found = listed.find(({ name }) => name === row.name);
  if (found === undefined) return true;
  if (found.status !== (row.paused ? 'paused' : 'deployed')) return true;
  return row.version !== null && found.version !== row.version;
}
