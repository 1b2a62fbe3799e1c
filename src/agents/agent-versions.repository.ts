import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { AgentVersionEntity } from './agent-version.entity.js';

/** The rows of the specs that agents had. Callers have checked whose the agent is. */
@Injectable()
export class AgentVersionsRepository {
  async add(tx: Tx, version: AgentVersionEntity): Promise<void> {
    await tx.manager.insert(AgentVersionEntity, version);
  }

  /** Newest first, those before a revision when it is given. */
  async list(
    source: Source,
    agentId: string,
    before: number | undefined,
    limit: number,
  ): Promise<AgentVersionEntity[]> {
    return source.manager.find(AgentVersionEntity, {
      where: { agentId, ...(before === undefined ? {} : { revision: LessThan(before) }) },
      order: { revision: 'DESC' },
      take: limit,
    });
  }

  async count(source: Source, agentId: string): Promise<number> {
    return source.manager.countBy(AgentVersionEntity, { agentId });
  }

  async find(
    source: Source,
    agentId: string,
    revision: number,
  ): Promise<AgentVersionEntity | null> {
    return source.manager.findOneBy(AgentVersionEntity, { agentId, revision });
  }
}
