import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, type TenantRef, TenantScope } from '../access/tenant-scope.js';
import { Reader, type Source, UnitOfWork } from '../platform/database/unit-of-work.js';
import { type Page, pageOf, readNumberCursor } from '../platform/http/pagination.js';
import { draftAgent } from './agent-draft.js';
import { AgentVersionsRepository } from './agent-versions.repository.js';
import type { AgentEntity } from './agent.entity.js';
import { agentNotFound, revisionNotFound } from './agents.errors.js';
import { AgentsRepository } from './agents.repository.js';
import type { AgentVersionView, ListVersionsQuery, UpdatedAgent } from './agents.schemas.js';
import { AgentsService } from './agents.service.js';

/** The specs that an agent had, and the way back to one of them. */
@Injectable()
export class AgentVersionsService {
  constructor(
    private readonly agents: AgentsService,
    private readonly repository: AgentsRepository,
    private readonly versions: AgentVersionsRepository,
    private readonly scope: TenantScope,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
  ) {}

  /** A page, newest first, with the filter that its cursor is bound to. */
  async list(
    actor: Actor,
    name: string,
    { limit, cursor }: ListVersionsQuery,
    hints: TenantHints,
  ): Promise<Page<AgentVersionView> & { filter: object }> {
    const tenant = await this.scope.choose(actor, hints, 'agents:read');
    const agent = await this.live(this.reader, tenant, name);
    const filter = { versionsOf: agent.id };
    const before = readNumberCursor(cursor, filter);
    const [rows, total] = await Promise.all([
      this.versions.list(this.reader, agent.id, before, limit + 1),
      this.versions.count(this.reader, agent.id),
    ]);
    const page = pageOf(rows, limit, total, ({ revision }) => [String(revision)]);
    const items = page.items.map(({ revision, version, createdAt, createdBy, spec }) => ({
      revision,
      version,
      createdAt,
      createdBy,
      current: revision === agent.revision,
      spec: JSON.parse(spec) as AgentVersionView['spec'],
    }));
    return { ...page, items, filter };
  }

  /**
   * Makes a former spec the newest one, checked as if it were sent.
   *
   * @throws AppError `revision_not_found`, and whatever a PUT of that spec throws
   */
  async revert(
    actor: Actor,
    name: string,
    revision: number,
    hints: TenantHints,
  ): Promise<UpdatedAgent> {
    const tenant = await this.scope.choose(actor, hints, 'agents:write');
    return this.units.run(async (tx) => {
      const agent = await this.live(tx, tenant, name);
      const version = await this.versions.find(tx, agent.id, revision);
      if (version === null) throw revisionNotFound(revision);
      const draft = draftAgent(JSON.parse(version.spec));
      return this.agents.replace(tx, actor, tenant, draft);
    });
  }

  private async live(source: Source, tenant: TenantRef, name: string): Promise<AgentEntity> {
    const agent = await this.repository.findLive(source, tenant.id, name);
    if (agent === null) throw agentNotFound(name);
    return agent;
  }
}
