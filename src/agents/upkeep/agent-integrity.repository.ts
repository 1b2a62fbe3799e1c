import { Injectable } from '@nestjs/common';
import type { Source } from '../../platform/database/unit-of-work.js';
import { AgentReferenceEntity } from '../agent-reference.entity.js';
import { AgentVersionEntity } from '../agent-version.entity.js';
import { AgentEntity } from '../agent.entity.js';

/** An agent, and what is wrong with it. */
export interface Faulty {
  tenantId: string;
  name: string;
  what: string;
}

const MOST = 100;

/** Looks for rows of agents that contradict each other, in every tenant. */
@Injectable()
export class AgentIntegrityRepository {
  /** Live agents that name one which their tenant does not have. */
  async missingTargets(source: Source): Promise<Faulty[]> {
    return source.manager
      .createQueryBuilder(AgentReferenceEntity, 'reference')
      .innerJoin(AgentEntity, 'agent', 'agent.id = reference.agentId AND agent.deletedAt IS NULL')
      .leftJoin(
        AgentEntity,
        'target',
        'target.tenantId = agent.tenantId AND target.name = reference.target AND target.deletedAt IS NULL',
      )
      .where('target.id IS NULL')
      .select('agent.tenantId', 'tenantId')
      .addSelect('agent.name', 'name')
      .addSelect('reference.target', 'what')
      .limit(MOST)
      .getRawMany<Faulty>();
  }

  /** References that say another tenant than their agent. */
  async strayReferences(source: Source): Promise<Faulty[]> {
    return source.manager
      .createQueryBuilder(AgentReferenceEntity, 'reference')
      .innerJoin(AgentEntity, 'agent', 'agent.id = reference.agentId')
      .where('agent.tenantId <> reference.tenantId')
      .select('agent.tenantId', 'tenantId')
      .addSelect('agent.name', 'name')
      .addSelect('reference.tenantId', 'what')
      .limit(MOST)
      .getRawMany<Faulty>();
  }

  /** Live agents without the record of their newest spec. */
  async missingVersions(source: Source): Promise<Faulty[]> {
    return source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .leftJoin(
        AgentVersionEntity,
        'version',
        'version.agentId = agent.id AND version.revision = agent.revision',
      )
      .where('agent.deletedAt IS NULL AND version.agentId IS NULL')
      .select('agent.tenantId', 'tenantId')
      .addSelect('agent.name', 'name')
      .addSelect('agent.revision', 'what')
      .limit(MOST)
      .getRawMany<Faulty>();
  }
}
