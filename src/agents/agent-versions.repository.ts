import { Injectable } from '@nestjs/common';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { AgentVersionEntity } from './agent-version.entity.js';

/** The rows of the specs that agents had. Callers have checked whose the agent is. */
@Injectable()
export class AgentVersionsRepository {
  async add(tx: Tx, version: AgentVersionEntity): Promise<void> {
    await tx.manager.insert(AgentVersionEntity, version);
  }

  /** Newest first. */
  async list(source: Source, agentId: string): Promise<AgentVersionEntity[]> {
    return source.manager.find(AgentVersionEntity, {
      where: { agentId },
      order: { revision: 'DESC' },
    });
  }

  async find(
    source: Source,
    agentId: string,
    revision: number,
  ): Promise<AgentVersionEntity | null> {
    return source.manager.findOneBy(AgentVersionEntity, { agentId, revision });
  }
}
