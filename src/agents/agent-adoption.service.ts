import { Injectable } from '@nestjs/common';
import { AuditTrail, clusterActor } from '../audit/audit-trail.service.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Source, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import { TenantsService } from '../tenants/tenants.service.js';
import type { AgentDraft } from './agent-draft.js';
import { AgentRecords } from './agent-records.service.js';
import { ReferenceCheck } from './agent-references.service.js';
import {
  type AgentResource,
  draftOf,
  follows,
  isRefusal,
  isSame,
  type SpecRefusal,
  standingOf,
  words,
} from './agent-resource.rules.js';
import type { AgentEntity } from './agent.entity.js';
import { AgentsRepository } from './agents.repository.js';
import { newAgent } from './new-agent.rules.js';

export type { AgentResource, SpecRefusal } from './agent-resource.rules.js';

/** What became of a resource in the record. */
export type AgentTaken =
  /** The record stands as it is; with the origin `api` the resource has to follow it. */
  | { outcome: 'known'; agent: Readonly<AgentEntity> }
  /** A row was made for it, or followed it. */
  | { outcome: 'adopted' | 'followed'; agent: Readonly<AgentEntity> }
  /** It belongs to an agent that was deleted, and has to go. */
  | { outcome: 'tombstone'; agent: Readonly<AgentEntity> }
  /** Somebody has to mend it; `agent` is the row with the spec before, when there is one. */
  | ({ outcome: 'refused'; agent: Readonly<AgentEntity> | null } & SpecRefusal);

type Plan =
  | AgentTaken
  | { outcome: 'adopt'; draft: AgentDraft }
  | { outcome: 'follow'; agent: AgentEntity; draft: AgentDraft }
  | { outcome: 'link'; agent: AgentEntity };

/** Takes the resources of agents into the record: the other door, for whoever speaks to a cluster. */
@Injectable()
export class AgentAdoption {
  constructor(
    private readonly repository: AgentsRepository,
    private readonly records: AgentRecords,
    private readonly references: ReferenceCheck,
    private readonly tenants: TenantsService,
    private readonly audit: AuditTrail,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /**
   * Adopts a resource that has no row, and lets the row of one with the origin `cluster` follow it.
   * What is taken already is no write. What its spec names may be missing: see
   * `AgentSyncService.missingTargets`.
   *
   * @throws AppError `tenant_not_found`, `tenant_deleting`
   */
  async take(resource: AgentResource): Promise<AgentTaken> {
    const plan = await this.plan(this.reader, resource);
    if (isTaken(plan)) return plan;
    return this.units.run(async (tx) => {
      await this.tenants.lockForWriting(tx, resource.tenantId);
      const current = await this.plan(tx, resource);
      return isTaken(current) ? current : this.carryOut(tx, current, resource);
    });
  }

  /**
   * Notes that somebody deleted this very resource, which is what they want of the agent. What names
   * it is not asked: the resource goes, and the others wait.
   *
   * @returns the tombstone; null when there is no such agent
   */
  async deleted(
    resource: Pick<AgentResource, 'tenantId' | 'name' | 'uid' | 'origin' | 'fieldManager'>,
  ): Promise<Readonly<AgentEntity> | null> {
    const find = async (source: Source) =>
      standingOf(resource, await this.repository.ofName(source, resource.tenantId, resource.name));
    const before = await find(this.reader);
    if (before.standing !== 'live') return before.row;
    return this.units.run(async (tx) => {
      await this.tenants.lockForWriting(tx, resource.tenantId);
      const { standing, row } = await find(tx);
      if (standing !== 'live' || row === null) return row;
      // The tombstone is that of this object, whatever the row knew of it before.
      await this.repository.update(tx, row, { resourceUid: resource.uid });
      const linked = { ...row, resourceUid: resource.uid };
      const at = this.clock.nowIso();
      return this.records.bury(tx, clusterActor(resource.fieldManager), linked, at);
    });
  }

  /**
   * Notes that the resource of a live agent is gone without having been deleted. The row stays, and
   * the resource is to be made again. Said once.
   *
   * @param why for people
   */
  async lost({ id, resourceUid }: Readonly<AgentEntity>, why: string): Promise<void> {
    if (resourceUid === null) return;
    await this.units.run(async (tx) => {
      const row = await this.repository.findById(tx, id);
      if (row?.resourceUid !== resourceUid) return;
      await this.repository.update(tx, row, { resourceUid: null });
      await this.audit.record(tx, {
        actor: clusterActor('unknown'),
        action: 'agent.resource_lost',
        tenantId: row.tenantId,
        target: row.name,
        detail: { why },
      });
    });
  }

  private async plan(source: Source, resource: AgentResource): Promise<Plan> {
    const rows = await this.repository.ofName(source, resource.tenantId, resource.name);
    const { standing, row } = standingOf(resource, rows);
    if (standing === 'tombstone' && row !== null) return { outcome: 'tombstone', agent: row };
    if (row !== null && !follows(row, resource)) {
      const outcome = row.resourceUid === resource.uid ? 'known' : 'link';
      return { outcome, agent: row };
    }
    if (row !== null && isSame(row, resource)) return { outcome: 'known', agent: row };
    const draft = await this.draft(source, resource);
    if (isRefusal(draft)) return { outcome: 'refused', agent: row, ...draft };
    return row === null ? { outcome: 'adopt', draft } : { outcome: 'follow', agent: row, draft };
  }

  /** What of a spec can be sent some day, or why it never can. */
  private async draft(source: Source, resource: AgentResource): Promise<AgentDraft | SpecRefusal> {
    const draft = draftOf(resource);
    if (isRefusal(draft)) return draft;
    const refusal = await this.references.refusalOf(source, resource.tenantId, draft);
    return refusal === undefined
      ? draft
      : { reason: refusal.reason, message: words(refusal.issue) };
  }

  private async carryOut(
    tx: Tx,
    plan: Exclude<Plan, AgentTaken>,
    resource: AgentResource,
  ): Promise<AgentTaken> {
    if (plan.outcome === 'adopt') return this.adopt(tx, resource, plan.draft);
    if (plan.outcome === 'follow') return this.follow(tx, resource, plan.agent, plan.draft);
    const { uid } = resource;
    await this.repository.update(tx, plan.agent, { resourceUid: uid });
    return { outcome: 'known', agent: { ...plan.agent, resourceUid: uid } };
  }

  private async adopt(tx: Tx, resource: AgentResource, draft: AgentDraft): Promise<AgentTaken> {
    const { tenantId, origin, fieldManager, uid, paused } = resource;
    const by = clusterActor(fieldManager);
    const agent = {
      ...newAgent(by, { id: tenantId }, draft, this.clock.now()),
      origin,
      fieldManager: origin === 'cluster' ? fieldManager : null,
      resourceUid: uid,
      paused,
    };
    const action = origin === 'cluster' ? 'agent.adopted' : 'agent.restored';
    await this.records.add(tx, by, agent, draft.references, action);
    return { outcome: 'adopted', agent };
  }

  private async follow(
    tx: Tx,
    { fieldManager, uid, paused }: AgentResource,
    row: AgentEntity,
    { spec, version, model, labels, references }: AgentDraft,
  ): Promise<AgentTaken> {
    const seen = { fieldManager, resourceUid: uid };
    const sameSpec = row.spec === spec;
    if (sameSpec && row.paused === paused) {
      await this.repository.update(tx, row, seen);
      return { outcome: 'known', agent: { ...row, ...seen } };
    }
    const wish = { ...seen, paused, updatedAt: this.clock.nowIso() };
    const change = sameSpec
      ? { action: paused ? 'agent.paused' : 'agent.resumed', changes: wish }
      : {
          action: 'agent.updated',
          changes: { ...wish, spec, version, model, labels, revision: row.revision + 1 },
          references,
        };
    const by = clusterActor(fieldManager);
    return { outcome: 'followed', agent: await this.records.change(tx, by, row, change) };
  }
}

function isTaken(plan: Plan): plan is AgentTaken {
  return plan.outcome !== 'adopt' && plan.outcome !== 'follow' && plan.outcome !== 'link';
}
