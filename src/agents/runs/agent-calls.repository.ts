import { Injectable } from '@nestjs/common';
import { Between, In, IsNull, MoreThan, MoreThanOrEqual } from 'typeorm';
import type { Source, Tx } from '../../platform/database/unit-of-work.js';
import { AgentCallEntity } from './agent-call.entity.js';
import { AgentEntity } from '../agent.entity.js';

/** What the runs of an agent add up to. */
export interface CallTotals {
  total: number;
  completed: number;
  errors: number;
  tokensIn: number;
  tokensOut: number;
  costMicros: number;
}

/** Most rows whose tool calls are counted in one answer. */
const MOST_TOOL_ROWS = 10_000;

/** The records of runs, kept by agent. */
@Injectable()
export class AgentCallsRepository {
  /**
   * Takes the next number of an agent, which keeps others from recording one of its runs until the
   * transaction ends: so numbers are in the order of commits.
   *
   * @returns undefined when the agent is gone for good
   */
  async nextNumber(tx: Tx, id: string): Promise<number | undefined> {
    await tx.manager.increment(AgentEntity, { id }, 'recordedCalls', 1);
    const row = await tx.manager.findOne(AgentEntity, {
      select: { id: true, recordedCalls: true },
      where: { id },
    });
    return row?.recordedCalls;
  }

  async add(tx: Tx, call: AgentCallEntity): Promise<void> {
    await tx.manager.insert(AgentCallEntity, withoutNul(call));
  }

  async update(tx: Tx, id: string, changes: Partial<AgentCallEntity>): Promise<void> {
    await tx.manager.update(AgentCallEntity, { id }, withoutNul(changes));
  }

  /** Which of these traces are on record. */
  async knownTraces(
    source: Source,
    agentIds: readonly string[],
    traceIds: readonly string[],
  ): Promise<Pick<AgentCallEntity, 'agentId' | 'traceId' | 'origin'>[]> {
    if (agentIds.length === 0 || traceIds.length === 0) return [];
    return source.manager.find(AgentCallEntity, {
      select: { id: true, agentId: true, traceId: true, origin: true },
      where: { agentId: In([...agentIds]), traceId: In([...traceIds]) },
    });
  }

  /** The record that was read from a trace. */
  async imported(tx: Tx, agentId: string, traceId: string): Promise<AgentCallEntity | null> {
    return tx.manager.findOneBy(AgentCallEntity, { agentId, traceId, origin: 'node' });
  }

  /** Records of a session that began in a span of time, oldest first. */
  async begunBetween(
    tx: Tx,
    { agentId, origin, sessionId }: Pick<AgentCallEntity, 'agentId' | 'origin' | 'sessionId'>,
    from: string,
    to: string,
  ): Promise<AgentCallEntity[]> {
    return tx.manager.find(AgentCallEntity, {
      where: {
        agentId,
        origin,
        sessionId: sessionId ?? IsNull(),
        startedAt: Between(from, to),
      },
      order: { startedAt: 'ASC', id: 'ASC' },
    });
  }

  /** The records that were made last, in the order of recording. */
  async latest(source: Source, agentId: string, limit: number): Promise<AgentCallEntity[]> {
    const rows = await source.manager.find(AgentCallEntity, {
      where: { agentId },
      order: { number: 'DESC', startedAt: 'DESC', id: 'DESC' },
      take: limit,
    });
    return rows.toReversed();
  }

  /** Records after a number, in the order of recording. */
  async after(
    source: Source,
    agentId: string,
    number: number,
    limit: number,
  ): Promise<AgentCallEntity[]> {
    return source.manager.find(AgentCallEntity, {
      where: { agentId, number: MoreThan(number) },
      order: { number: 'ASC' },
      take: limit,
    });
  }

  /** The newest runs since a time, newest first. */
  async newest(
    source: Source,
    agentId: string,
    since: string,
    limit: number,
  ): Promise<AgentCallEntity[]> {
    return source.manager.find(AgentCallEntity, {
      where: { agentId, startedAt: MoreThanOrEqual(since) },
      order: { startedAt: 'DESC', id: 'DESC' },
      take: limit,
    });
  }

  /** Runs that were recorded last of those that began since a time, all or the failed alone. */
  async ended(
    source: Source,
    agentId: string,
    { since, failed }: { since: string; failed: boolean },
    limit: number,
  ): Promise<AgentCallEntity[]> {
    const outcome = failed ? { outcome: 'failed' } : {};
    return source.manager.find(AgentCallEntity, {
      where: { agentId, startedAt: MoreThanOrEqual(since), ...outcome },
      order: { number: 'DESC', startedAt: 'DESC', id: 'DESC' },
      take: limit,
    });
  }

  async totals(source: Source, agentId: string, since: string): Promise<CallTotals> {
    const row = await source.manager
      .createQueryBuilder(AgentCallEntity, 'call')
      .select('COUNT(*)', 'total')
      .addSelect(`SUM(CASE WHEN call.outcome = 'completed' THEN 1 ELSE 0 END)`, 'completed')
      .addSelect(`SUM(CASE WHEN call.outcome = 'failed' THEN 1 ELSE 0 END)`, 'errors')
      .addSelect('SUM(call.tokensIn)', 'tokensIn')
      .addSelect('SUM(call.tokensOut)', 'tokensOut')
      .addSelect('SUM(call.costMicros)', 'costMicros')
      .where({ agentId, startedAt: MoreThanOrEqual(since) })
      .getRawOne<Record<keyof CallTotals, string | number | null>>();
    const sum = (key: keyof CallTotals): number => Number(row?.[key] ?? 0);
    return {
      total: sum('total'),
      completed: sum('completed'),
      errors: sum('errors'),
      tokensIn: sum('tokensIn'),
      tokensOut: sum('tokensOut'),
      costMicros: sum('costMicros'),
    };
  }

  /** The duration at a rank (0 is the shortest) among the runs since a time, in milliseconds. */
  async durationAt(
    source: Source,
    agentId: string,
    since: string,
    rank: number,
  ): Promise<number | undefined> {
    const [row] = await source.manager.find(AgentCallEntity, {
      select: { id: true, durationMs: true },
      where: { agentId, startedAt: MoreThanOrEqual(since) },
      order: { durationMs: 'ASC', id: 'ASC' },
      skip: rank,
      take: 1,
    });
    return row?.durationMs;
  }

  /** The tool calls of runs since a time, each row a JSON array of names. */
  async tools(source: Source, agentId: string, since: string): Promise<string[]> {
    const rows = await source.manager
      .createQueryBuilder(AgentCallEntity, 'call')
      .select(['call.id', 'call.tools'])
      .where({ agentId, startedAt: MoreThanOrEqual(since) })
      .andWhere(`call.tools <> '[]'`)
      .orderBy('call.startedAt', 'DESC')
      .take(MOST_TOOL_ROWS)
      .getMany();
    return rows.map(({ tools }) => tools);
  }
}

/** A node may say anything; no database takes a NUL as text. */
function withoutNul<T extends Partial<AgentCallEntity>>(call: T): T {
  const entries = Object.entries(call).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.replaceAll('\0', '') : value,
  ]);
  return Object.fromEntries(entries) as T;
}
