import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, type TenantRef, TenantScope } from '../access/tenant-scope.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import type { RawBody } from '../platform/http/body-parsers.js';
import { readCursor } from '../platform/http/pagination.js';
import { TenantsService } from '../tenants/tenants.service.js';
import {
  type AgentAnswer,
  agentAnswer,
  newPageAnswer,
  type PageAnswer,
  pageAnswer,
} from './agent-answers.js';
import { type AgentDraft, draftAgent, readSpec } from './agent-draft.js';
import { AgentRecords } from './agent-records.service.js';
import { ReferenceCheck } from './agent-references.service.js';
import { createdView, stateView, updatedView } from './agent-view.rules.js';
import type { AgentEntity } from './agent.entity.js';
import { newAgent } from './new-agent.rules.js';
import {
  agentExists,
  agentNotFound,
  agentQuotaExceeded,
  managedByCluster,
  nameMismatch,
  revisionStale,
} from './agents.errors.js';
import { type AgentFilter, AgentsRepository } from './agents.repository.js';
import type { AgentState, CreatedAgent, ListAgentsQuery, UpdatedAgent } from './agents.schemas.js';

/** Use cases of agents: desired state is written here, and made real elsewhere. */
@Injectable()
export class AgentsService {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly records: AgentRecords,
    private readonly references: ReferenceCheck,
    private readonly tenants: TenantsService,
    private readonly scope: TenantScope,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `invalid_agent_spec`, `agent_exists`, `agent_quota_exceeded` */
  async create(actor: Actor, body: RawBody, hints: TenantHints): Promise<CreatedAgent> {
    const { document, namespace } = readSpec(body);
    const tenant = await this.scope.choose(actor, withNamespace(hints, namespace), 'agents:write');
    const draft = draftAgent(document);
    return this.units.run(async (tx) => {
      const { maxAgents } = await this.lockTenant(tx, actor, tenant);
      if ((await this.repository.findLive(tx, tenant.id, draft.name)) !== null) {
        throw agentExists(draft.name);
      }
      if ((await this.repository.count(tx, { tenantId: tenant.id })) >= maxAgents) {
        throw agentQuotaExceeded(maxAgents);
      }
      await this.references.check(tx, tenant.id, draft);
      const row = newAgent(actor, tenant, draft, this.clock.now());
      await this.records.add(tx, actor, row, draft.references);
      return createdView(row, tenant.crName, draft.warnings);
    });
  }

  /** A page, with the filter that its cursor is bound to. */
  async list(
    actor: Actor,
    query: ListAgentsQuery,
    hints: TenantHints,
  ): Promise<PageAnswer & { total: number; filter: AgentFilter }> {
    const tenant = await this.scope.chooseMany(actor, hints, 'agents:read');
    const { limit } = query;
    const filter = listFilter(query, tenant);
    const after = readCursor(query.cursor, filter, 2);
    const [rows, total] = await Promise.all([
      this.repository.list(this.reader, filter, after, limit + 1),
      this.repository.count(this.reader, filter),
    ]);
    if (tenant !== 'all') return { ...pageAnswer(rows, limit, tenant.crName), total, filter };
    const names = await this.tenants.namespaces(rows.map(({ tenantId }) => tenantId));
    return { ...newPageAnswer(rows, limit, (id) => names.get(id) ?? ''), total, filter };
  }

  async get(actor: Actor, name: string, hints: TenantHints): Promise<AgentAnswer> {
    const tenant = await this.scope.choose(actor, hints, 'agents:read');
    const [row, node] = await Promise.all([
      this.repository.findLive(this.reader, tenant.id, name),
      this.tenants.nodeOf(actor, tenant.id),
    ]);
    if (row === null) throw agentNotFound(name);
    return agentAnswer(row, tenant.crName, node);
  }

  /**
   * Replaces the spec. An equal one changes nothing.
   *
   * @param ifMatch the revisions that the caller lets be replaced; undefined for any
   * @throws AppError `invalid_agent_spec`, `agent_not_found`, `revision_stale`
   */
  async put(
    actor: Actor,
    name: string,
    body: RawBody,
    ifMatch: readonly number[] | undefined,
    hints: TenantHints,
  ): Promise<UpdatedAgent> {
    const { document, namespace } = readSpec(body);
    const tenant = await this.scope.choose(actor, withNamespace(hints, namespace), 'agents:write');
    const draft = draftAgent(document);
    if (draft.name !== name) throw nameMismatch(name, draft.name);
    return this.units.run((tx) => this.replace(tx, actor, tenant, draft, ifMatch));
  }

  /** Writes a spec over the one that stands, for PUT and for a revert. */
  async replace(
    tx: Tx,
    actor: Actor,
    tenant: TenantRef,
    draft: AgentDraft,
    ifMatch?: readonly number[],
  ): Promise<UpdatedAgent> {
    const row = await this.lockLive(tx, actor, tenant, draft.name);
    if (ifMatch?.includes(row.revision) === false) throw revisionStale(row.revision);
    if (row.spec === draft.spec) return updatedView(row, tenant.crName, draft.warnings);
    await this.references.check(tx, tenant.id, draft);
    const { spec, version, model, labels } = draft;
    const changes = {
      spec,
      version,
      model,
      labels,
      revision: row.revision + 1,
      updatedAt: this.clock.nowIso(),
    };
    const { references } = draft;
    const change = { action: 'agent.updated', changes, references };
    const next = await this.records.change(tx, actor, row, change);
    return updatedView(next, tenant.crName, draft.warnings);
  }

  /** @throws AppError `agent_not_found`, `agent_in_use` */
  async delete(actor: Actor, name: string, hints: TenantHints): Promise<{ deleted: string }> {
    const tenant = await this.scope.choose(actor, hints, 'agents:write');
    return this.units.run(async (tx) => {
      const row = await this.lockLive(tx, actor, tenant, name);
      await this.references.refuseIfReferred(tx, tenant.id, name);
      await this.records.bury(tx, actor, row, this.clock.nowIso());
      return { deleted: name };
    });
  }

  /** Pauses or resumes; what stands already is no change. */
  async setPaused(
    actor: Actor,
    name: string,
    paused: boolean,
    hints: TenantHints,
  ): Promise<AgentState> {
    const tenant = await this.scope.choose(actor, hints, 'agents:write');
    return this.units.run(async (tx) => {
      const row = await this.lockLive(tx, actor, tenant, name);
      if (row.paused === paused) return stateView(row);
      const action = paused ? 'agent.paused' : 'agent.resumed';
      const changes = { paused, updatedAt: this.clock.nowIso() };
      return stateView(await this.records.change(tx, actor, row, { action, changes }));
    });
  }

  /** Who lost the role while waiting for the tenant is refused all the same. */
  private async lockTenant(
    tx: Tx,
    actor: Actor,
    { id }: TenantRef,
  ): Promise<{ maxAgents: number }> {
    const tenant = await this.tenants.lockForWriting(tx, id);
    await this.scope.open(actor, id, 'agents:write', { below: true, tx });
    return tenant;
  }

  private async lockLive(
    tx: Tx,
    actor: Actor,
    tenant: TenantRef,
    name: string,
  ): Promise<AgentEntity> {
    await this.lockTenant(tx, actor, tenant);
    const row = await this.repository.findLive(tx, tenant.id, name);
    if (row === null) throw agentNotFound(name);
    if (row.origin === 'cluster') throw managedByCluster(name, row.fieldManager);
    return row;
  }
}

function withNamespace(hints: TenantHints, namespace: string | undefined): TenantHints {
  return { ...hints, namespaces: [namespace, ...(hints.namespaces ?? [])] };
}

function listFilter({ label, phase }: ListAgentsQuery, tenant: TenantRef | 'all') {
  return {
    ...(tenant === 'all' ? {} : { tenantId: tenant.id }),
    ...(label === undefined ? {} : { label }),
    ...(phase === undefined ? {} : { phase }),
  };
}
