import { Injectable } from '@nestjs/common';
import type { Actor } from '../../access/actor.js';
import { type TenantHints, type TenantRef, TenantScope } from '../../access/tenant-scope.js';
import { RetentionConfig } from '../../config/retention.config.js';
import { NodeAccess } from '../../nodes/node-access.js';
import { NodeClient } from '../../nodes/node-client.service.js';
import { asUpstreamError, nodeAway } from '../../nodes/node.errors.js';
import { Clock } from '../../platform/clock/clock.js';
import { Reader } from '../../platform/database/unit-of-work.js';
import type { AgentCallEntity } from '../runs/agent-call.entity.js';
import { AgentCallsRepository } from '../runs/agent-calls.repository.js';
import { isOfFailuresAlone, lineOfCall, mergeLines, MOST_NODE_LINES } from './agent-logs.rules.js';
import { countTools, rankOf } from './agent-metrics.rules.js';
import {
  type AgentLogs,
  type AgentMetrics,
  type LiveStatus,
  type LogsQuery,
  type MetricsQuery,
  PERIODS,
} from '../runs/agent-runs.schemas.js';
import { statusWord } from '../agent-view.rules.js';
import type { AgentEntity } from '../agent.entity.js';
import { agentNotFound } from '../agents.errors.js';
import { AgentsRepository } from '../agents.repository.js';
import { RunRecorder } from '../runs/run-recorder.service.js';
import { TraceCoverageRepository } from './trace-coverage.repository.js';

const MINUTE_MS = 60_000;
const HEALTH_MINUTES = 60;
/** The largest `NEXUS_RUN_TIMEOUT`. */
const LONGEST_RUN_MS = 60 * MINUTE_MS;

/** What an agent does: the node's live view, and logs and metrics from the recorded runs. */
@Injectable()
export class AgentInsightService {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly calls: AgentCallsRepository,
    private readonly runs: RunRecorder,
    private readonly coverage: TraceCoverageRepository,
    private readonly scope: TenantScope,
    private readonly nodes: NodeAccess,
    private readonly client: NodeClient,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly retention: RetentionConfig,
  ) {}

  /** @throws AppError `agent_not_found`, `node_unreachable`, `node_error`, `node_timeout` */
  async status(actor: Actor, name: string, hints: TenantHints): Promise<LiveStatus> {
    const { tenant, agent } = await this.open(actor, name, hints);
    const endpoint = await this.nodes.endpointOf(tenant.id);
    if (endpoint === undefined) throw nodeAway();
    try {
      const [system, listed] = await Promise.all([
        this.client.status(endpoint),
        this.client.list(endpoint),
      ]);
      const recent = await this.recent(agent);
      const [newest] = recent;
      return {
        name,
        phase: agent.phase,
        status: statusWord(agent),
        nodeAck: agent.nodeAck,
        lastSyncedAt: agent.lastSyncedAt,
        uptime_seconds: system.uptime_seconds,
        active_conversations: this.runs.active(agent.id),
        model_health: modelHealth(recent),
        memory_usage_mb: system.memory_usage_mb ?? null,
        last_message_at: newest === undefined ? null : endOf(newest),
        node: listed.find((one) => one.name === name) ?? {},
      };
    } catch (error) {
      throw asUpstreamError(error);
    }
  }

  async logs(
    actor: Actor,
    name: string,
    { lines, since, level }: LogsQuery,
    hints: TenantHints,
  ): Promise<AgentLogs> {
    const { tenant, agent } = await this.open(actor, name, hints);
    const from = since === undefined ? agent.createdAt : new Date(since).toISOString();
    // A line is of the end of a run, and is filtered before the newest are taken.
    const begun = new Date(Date.parse(from) - LONGEST_RUN_MS).toISOString();
    const wanted = { since: begun, failed: isOfFailuresAlone(level) };
    const [calls, nodeLines] = await Promise.all([
      this.calls.ended(this.reader, agent.id, wanted, lines),
      this.nodes.logLines(tenant.id, name, MOST_NODE_LINES),
    ]);
    const merged = mergeLines([...calls.map(lineOfCall), ...nodeLines], {
      from,
      level,
      limit: lines,
    });
    return { agent: name, lines: merged };
  }

  async metrics(
    actor: Actor,
    name: string,
    { period }: MetricsQuery,
    hints: TenantHints,
  ): Promise<AgentMetrics> {
    const { agent } = await this.open(actor, name, hints);
    const since = this.ago(PERIODS[period]);
    const totals = await this.calls.totals(this.reader, agent.id, since);
    const [p50, p95, p99] = await Promise.all(
      [0.5, 0.95, 0.99].map((share) => this.percentile(agent.id, since, totals.total, share)),
    );
    const tools = await this.calls.tools(this.reader, agent.id, since);
    const coverage = await this.coverageOf(agent, since);
    return {
      agent: name,
      period,
      conversations: {
        total: totals.total,
        active: this.runs.active(agent.id),
        completed: totals.completed,
      },
      latency_ms: { p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null },
      tokens: {
        input: totals.tokensIn,
        output: totals.tokensOut,
        total: totals.tokensIn + totals.tokensOut,
      },
      cost_usd: totals.costMicros / 1_000_000,
      tool_calls: countTools(tools),
      errors: totals.errors,
      coverage,
    };
  }

  /** How far back the answer is whole; where no trace was ever read, from now on. */
  private async coverageOf(
    { tenantId, createdAt }: AgentEntity,
    since: string,
  ): Promise<AgentMetrics['coverage']> {
    const wanted = since > createdAt ? since : createdAt;
    const kept = this.ago(this.retention.runDays * 24 * 60);
    const whole = (await this.coverage.find(this.reader, tenantId)) ?? this.clock.nowIso();
    const from = [wanted, kept, whole].sort().at(-1) ?? wanted;
    return { from, complete: from === wanted };
  }

  private async open(
    actor: Actor,
    name: string,
    hints: TenantHints,
  ): Promise<{ tenant: TenantRef; agent: AgentEntity }> {
    const tenant = await this.scope.choose(actor, hints, 'agents:read');
    const agent = await this.repository.findLive(this.reader, tenant.id, name);
    if (agent === null) throw agentNotFound(name);
    return { tenant, agent };
  }

  private recent({ id }: AgentEntity): Promise<AgentCallEntity[]> {
    return this.calls.newest(this.reader, id, this.ago(HEALTH_MINUTES), 100);
  }

  private async percentile(
    agentId: string,
    since: string,
    total: number,
    share: number,
  ): Promise<number | undefined> {
    const rank = rankOf(total, share);
    return rank === undefined
      ? undefined
      : this.calls.durationAt(this.reader, agentId, since, rank);
  }

  private ago(minutes: number): string {
    return new Date(this.clock.now().getTime() - minutes * MINUTE_MS).toISOString();
  }
}

/** Health of each model by its newest run; a run that failed names no model. */
function modelHealth(calls: readonly AgentCallEntity[]): LiveStatus['model_health'] {
  const health: LiveStatus['model_health'] = {};
  for (const { model, outcome } of calls) {
    if (model === null || model in health) continue;
    health[model] = outcome === 'failed' ? 'failing' : 'healthy';
  }
  return health;
}

function endOf({ startedAt, durationMs }: AgentCallEntity): string {
  return new Date(Date.parse(startedAt) + durationMs).toISOString();
}
