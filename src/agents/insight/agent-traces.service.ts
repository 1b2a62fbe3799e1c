import { Injectable } from '@nestjs/common';
import { RetentionConfig } from '../../config/retention.config.js';
import { Clock } from '../../platform/clock/clock.js';
import { Reader, type Tx, UnitOfWork } from '../../platform/database/unit-of-work.js';
import { newId } from '../../platform/ids/ids.js';
import type { AgentCallEntity } from '../runs/agent-call.entity.js';
import { startsOf } from '../runs/agent-call.rules.js';
import { AgentCallsRepository } from '../runs/agent-calls.repository.js';
import type { AgentStanding } from '../agents.repository.js';
import {
  readTrace,
  type TracedRun,
  traceIdOf,
  type TracePage,
  wholeFrom,
} from './agent-trace.rules.js';
import { TraceCoverageRepository } from './trace-coverage.repository.js';

const DAY_MS = 24 * 3_600_000;
/** Runs take an hour at most. */
const LONGEST_RUN_MS = 3_600_000;

/**
 * Adds the runs that were made past us, as the node's traces tell them. A run through us is never
 * counted twice: whoever comes second, its record or its trace, finds the other and joins it.
 */
@Injectable()
export class AgentTracesService {
  constructor(
    private readonly calls: AgentCallsRepository,
    private readonly coverage: TraceCoverageRepository,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
    private readonly retention: RetentionConfig,
  ) {}

  /** The runs of a page; what cannot be read is left out. */
  read(traces: readonly unknown[]): TracedRun[] {
    return traces.flatMap((trace) => readTrace(trace) ?? []);
  }

  /** The ids of a page, also of what is no run. */
  idsOf(traces: readonly unknown[]): Set<string> {
    return new Set(traces.flatMap((trace) => traceIdOf(trace) ?? []));
  }

  /**
   * Takes over what a page tells. Without news it writes nothing.
   *
   * @param agents the agents of the tenant; traces of any other are none of ours
   */
  async take(tenantId: string, agents: readonly AgentStanding[], page: TracePage): Promise<void> {
    const keptMs = this.retention.runDays * DAY_MS;
    const kept = new Date(this.clock.now().getTime() - keptMs).toISOString();
    const live = new Map(
      agents.filter(({ deletedAt }) => deletedAt === null).map((agent) => [agent.name, agent]),
    );
    const candidates = page.runs.flatMap((run) => {
      const agent = live.get(run.agent);
      const ours = agent !== undefined && run.startedAt >= agent.createdAt && run.startedAt >= kept;
      return ours ? [{ agent, run }] : [];
    });
    const ids = candidates.map(({ run }) => run.traceId);
    const agentIds = [...new Set(candidates.map(({ agent }) => agent.id))];
    const known = await this.calls.knownTraces(this.reader, agentIds, ids);
    await this.recordCoverage(tenantId, page, known);
    const keys = new Set(known.map(({ agentId, traceId }) => `${agentId} ${traceId}`));
    for (const { agent, run } of candidates.toReversed()) {
      if (keys.has(`${agent.id} ${run.traceId}`)) continue;
      await this.units.run((tx) => this.add(tx, agent, run));
    }
  }

  private async recordCoverage(
    tenantId: string,
    page: TracePage,
    known: readonly Pick<AgentCallEntity, 'traceId' | 'origin'>[],
  ): Promise<void> {
    const read = known
      .filter(({ origin }) => origin === 'node')
      .map(({ traceId }) => traceId ?? '');
    const before = await this.coverage.find(this.reader, tenantId);
    const now = wholeFrom(before, page, new Set(read));
    if (now !== before) await this.units.run((tx) => this.coverage.set(tx, tenantId, now));
  }

  private async add(tx: Tx, agent: AgentStanding, run: TracedRun): Promise<void> {
    const number = await this.calls.nextNumber(tx, agent.id);
    if (number === undefined) return;
    const { traceId, agent: agentName, endedAt: _endedAt, ...facts } = run;
    if ((await this.calls.knownTraces(tx, [agent.id], [traceId])).length > 0) return;
    const own = await this.ownRecord(tx, agent, run);
    if (own !== undefined) {
      const { model, tokensIn, tokensOut, costMicros, tools } = facts;
      const told = { traceId, model, tokensIn, tokensOut, costMicros, tools };
      await this.calls.update(tx, own.id, told);
      return;
    }
    await this.calls.add(tx, {
      ...facts,
      id: newId('call', new Date(run.startedAt)),
      tenantId: agent.tenantId,
      agentId: agent.id,
      agentName,
      number,
      origin: 'node',
      traceId,
    });
  }

  /** The record of a run through us that ended without knowing its trace. */
  private async ownRecord(
    tx: Tx,
    { id: agentId }: AgentStanding,
    { sessionId, startedAt }: TracedRun,
  ): Promise<AgentCallEntity | undefined> {
    const earliest = new Date(Date.parse(startedAt) - LONGEST_RUN_MS).toISOString();
    const { to } = startsOf({ startedAt, durationMs: 0 });
    const origin = 'api';
    const begun = await this.calls.begunBetween(tx, { agentId, origin, sessionId }, earliest, to);
    return begun.findLast((call) => call.traceId === null && startedAt <= startsOf(call).to);
  }
}
