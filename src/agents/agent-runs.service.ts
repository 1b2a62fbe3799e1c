import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, type TenantRef, TenantScope } from '../access/tenant-scope.js';
import { NodeAccess } from '../nodes/node-access.js';
import { NodeClient } from '../nodes/node-client.service.js';
import { asUpstreamError, NodeError } from '../nodes/node.errors.js';
import type { RunResult } from '../nodes/node.schemas.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, UnitOfWork } from '../platform/database/unit-of-work.js';
import { newId } from '../platform/ids/ids.js';
import { Logger } from '../platform/logging/logger.js';
import type { AgentCallEntity } from './agent-call.entity.js';
import { AgentCallsRepository } from './agent-calls.repository.js';
import { factsOf } from './agent-call.rules.js';
import type { RunAgent, RunAnswer } from './agent-runs.schemas.js';
import type { AgentEntity } from './agent.entity.js';
import { agentNotFound, agentNotRunning, nodeAway } from './agents.errors.js';
import { AgentsRepository } from './agents.repository.js';

/** Runs agents on their tenant's node, and records every run when it ends. */
@Injectable()
export class AgentRunsService {
  private readonly underWay = new Map<string, number>();

  constructor(
    private readonly repository: AgentsRepository,
    private readonly calls: AgentCallsRepository,
    private readonly scope: TenantScope,
    private readonly nodes: NodeAccess,
    private readonly client: NodeClient,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Asks an agent and waits for its answer.
   *
   * @param signal aborts the node's run, when the caller leaves
   * @throws AppError `agent_not_found`, `agent_not_running`, `node_unreachable`, `node_error`,
   *   `node_timeout`
   */
  async run(
    actor: Actor,
    name: string,
    input: RunAgent,
    hints: TenantHints,
    signal: AbortSignal,
  ): Promise<RunAnswer> {
    const tenant = await this.scope.choose(actor, hints, 'agents:run');
    const agent = await this.repository.findLive(this.reader, tenant.id, name);
    if (agent === null) throw agentNotFound(name);
    const endpoint = await this.nodes.endpointOf(tenant.id);
    if (endpoint === undefined) throw nodeAway();
    const run = () => this.client.run(endpoint, name, input, signal);
    return this.recorded(tenant, agent, input, signal, run);
  }

  /** How many runs of an agent are under way through this process. */
  active(agentId: string): number {
    return this.underWay.get(agentId) ?? 0;
  }

  private async recorded(
    tenant: TenantRef,
    agent: AgentEntity,
    { session_id }: RunAgent,
    signal: AbortSignal,
    run: () => Promise<RunResult>,
  ): Promise<RunResult> {
    const startedAt = this.clock.now();
    const startedMs = this.clock.monotonicMs();
    const common = {
      id: newId('call', startedAt),
      tenantId: tenant.id,
      agentId: agent.id,
      agentName: agent.name,
      sessionId: session_id ?? null,
      startedAt: startedAt.toISOString(),
    };
    const durationMs = (): number => Math.round(this.clock.monotonicMs() - startedMs);
    this.count(agent.id, 1);
    try {
      const result = await run();
      const facts = factsOf(result);
      await this.keep({ ...common, ...facts, durationMs: durationMs(), outcome: 'completed' });
      return result;
    } catch (error) {
      const outcome = signal.aborted ? 'cancelled' : 'failed';
      await this.keep({
        ...common,
        ...NO_FACTS,
        durationMs: durationMs(),
        outcome,
        error: reasonOf(error),
      });
      throw explain(error, agent.name);
    } finally {
      this.count(agent.id, -1);
    }
  }

  /** The answer is worth more than its record: a storage that is away does not spoil it. */
  private async keep(call: Omit<AgentCallEntity, 'error'> & { error?: string }): Promise<void> {
    try {
      await this.units.run((tx) => this.calls.add(tx, { ...call, error: call.error ?? null }));
    } catch (error) {
      this.logger.error('Run could not be recorded', { agent: call.agentName, error });
    }
  }

  private count(agentId: string, change: number): void {
    const next = this.active(agentId) + change;
    if (next === 0) this.underWay.delete(agentId);
    else this.underWay.set(agentId, next);
  }
}

const NO_FACTS = {
  traceId: null,
  model: null,
  tokensIn: 0,
  tokensOut: 0,
  costMicros: 0,
  tools: '[]',
};

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}

/** A node knows an agent only while it is deployed. */
function explain(error: unknown, name: string): unknown {
  if (error instanceof NodeError && error.kind === 'not_found') return agentNotRunning(name);
  return asUpstreamError(error);
}
