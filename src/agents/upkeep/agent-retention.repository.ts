import { Injectable } from '@nestjs/common';
import { In, LessThan } from 'typeorm';
import type { Source, Tx } from '../../platform/database/unit-of-work.js';
import { AgentCallEntity } from '../runs/agent-call.entity.js';
import { AgentVersionEntity } from '../agent-version.entity.js';
import { AgentEntity } from '../agent.entity.js';

/** What tells one former spec from another. */
export type VersionKey = Pick<AgentVersionEntity, 'agentId' | 'revision'>;

/** What agents leave behind, of every tenant. */
@Injectable()
export class AgentRetentionRepository {
  /** Ids of runs that began before a time, oldest first. */
  async runsBefore(source: Source, before: string, most: number): Promise<string[]> {
    const rows = await source.manager.find(AgentCallEntity, {
      select: { id: true },
      where: { startedAt: LessThan(before) },
      order: { startedAt: 'ASC' },
      take: most,
    });
    return rows.map(({ id }) => id);
  }

  async removeRuns(tx: Tx, ids: string[]): Promise<void> {
    await tx.manager.delete(AgentCallEntity, { id: In(ids) });
  }

  /** Former specs that are not among the newest `kept` of their agent. */
  async versionsBeyond(source: Source, kept: number, most: number): Promise<VersionKey[]> {
    return source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .innerJoin(AgentVersionEntity, 'version', 'version.agentId = agent.id')
      .select('version.agentId', 'agentId')
      .addSelect('version.revision', 'revision')
      .where('version.revision <= agent.revision - CAST(:kept AS integer)', { kept })
      .limit(most)
      .getRawMany<VersionKey>();
  }

  async removeVersions(tx: Tx, keys: VersionKey[]): Promise<void> {
    for (const [agentId, revisions] of byAgent(keys)) {
      await tx.manager.delete(AgentVersionEntity, { agentId, revision: In(revisions) });
    }
  }
}

function byAgent(keys: readonly VersionKey[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { agentId, revision } of keys) {
    found.set(agentId, [...(found.get(agentId) ?? []), revision]);
  }
  return found;
}
