import { Injectable } from '@nestjs/common';
import { MoreThanOrEqual } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { AgentCallEntity } from './agent-call.entity.js';

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
  async add(tx: Tx, call: AgentCallEntity): Promise<void> {
    await tx.manager.insert(AgentCallEntity, call);
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
