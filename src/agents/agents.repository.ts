import { Injectable } from '@nestjs/common';
import { In, IsNull, Not } from 'typeorm';
import { HotQuery, type HotValue } from '../platform/database/hot-query.js';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { AgentCounter } from '../tenants/agent-counter.js';
import { AgentCallEntity } from './runs/agent-call.entity.js';
import { AgentReferenceEntity } from './agent-reference.entity.js';
import { AgentVersionEntity } from './agent-version.entity.js';
import { AgentEntity } from './agent.entity.js';
import { TraceCoverageEntity } from './insight/trace-coverage.entity.js';

const AGENT = new HotQuery(AgentEntity, { where: 'id = ?' });
const LIVE_AGENT = new HotQuery(AgentEntity, {
  where: 'tenant_id = ? AND name = ? AND deleted_at IS NULL',
});

/** Which agents a list shows; every part that is absent lets all through. */
export interface AgentFilter {
  tenantId?: string;
  phase?: string;
  /** `key` or `key=value`. */
  label?: string;
}

/** What a list tells of an agent. */
const LISTED = [
  'id',
  'tenantId',
  'name',
  'version',
  'revision',
  'phase',
  'generation',
  'observedGeneration',
  'ready',
  'model',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof AgentEntity)[];

/** An agent of a list. */
export type ListedAgent = Pick<AgentEntity, (typeof LISTED)[number]>;

/** What a check of a node compares. */
const STANDING = [
  'id',
  'tenantId',
  'name',
  'version',
  'paused',
  'generation',
  'observedGeneration',
  'createdAt',
  'deletedAt',
] as const satisfies readonly (keyof AgentEntity)[];

/** An agent as a check of its node compares it. */
export type AgentStanding = Pick<AgentEntity, (typeof STANDING)[number]>;

const OF_TENANT = new HotQuery(AgentEntity, {
  where: 'tenant_id = ?',
  only: STANDING,
  tail: 'ORDER BY id',
});

/** The rows of agents, of their references, and the counting of them. */
@Injectable()
export class AgentsRepository extends AgentCounter {
  private readonly listOf = once(
    (where) =>
      new HotQuery(AgentEntity, { where, only: LISTED, tail: 'ORDER BY name, id LIMIT ?' }),
  );
  private readonly countOf = once((where) => new HotQuery(AgentEntity, { where, count: true }));

  async add(tx: Tx, agent: AgentEntity): Promise<void> {
    await tx.manager.insert(AgentEntity, agent);
  }

  async update(
    tx: Tx,
    { id, tenantId }: Pick<AgentEntity, 'id' | 'tenantId'>,
    changes: Partial<AgentEntity>,
  ): Promise<void> {
    await tx.manager.update(AgentEntity, { id, tenantId }, changes);
  }

  /** A live agent by name. */
  async findLive(source: Source, tenantId: string, name: string): Promise<AgentEntity | null> {
    const [agent] = await source.all(LIVE_AGENT, [tenantId, name]);
    return agent ?? null;
  }

  /** An agent or a tombstone by id; reconcilers know ids alone. */
  async findById(source: Source, id: string): Promise<AgentEntity | null> {
    const [agent] = await source.all(AGENT, [id]);
    return agent ?? null;
  }

  /** Live agents in the order of name and id, without their specs. */
  async list(
    source: Source,
    filter: AgentFilter,
    after: string[] | undefined,
    limit: number,
  ): Promise<readonly ListedAgent[]> {
    const { where, values } = filtered(source, filter);
    const [name, id] = after ?? [];
    if (name !== undefined && id !== undefined) {
      where.push('(name > ? OR (name = ? AND id > ?))');
      values.push(name, name, id);
    }
    return source.all(this.listOf(where.join(' AND ')), [...values, limit]);
  }

  async count(source: Source, filter: AgentFilter): Promise<number> {
    const { where, values } = filtered(source, filter);
    const rows = await source.all(this.countOf(where.join(' AND ')), values);
    return Number((rows[0] as { count?: string | number } | undefined)?.count);
  }

  override async countByTenant(
    source: Source,
    tenantIds: readonly string[],
  ): Promise<Map<string, number>> {
    if (tenantIds.length === 0) return new Map();
    const rows = await source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .select('agent.tenantId', 'id')
      .addSelect('COUNT(*)', 'count')
      .where({ tenantId: In([...tenantIds]), deletedAt: IsNull() })
      .groupBy('agent.tenantId')
      .getRawMany<{ id: string; count: string | number }>();
    return new Map(rows.map(({ id, count }) => [id, Number(count)]));
  }

  /** Every row of a tenant, tombstones included. */
  async ofTenant(source: Source, tenantId: string): Promise<readonly AgentStanding[]> {
    return source.all(OF_TENANT, [tenantId]);
  }

  /** Older tombstones of a name that a row has to wait for. */
  async tombstonesBefore(source: Source, { tenantId, name, id }: AgentEntity): Promise<number> {
    return source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .where({ tenantId, name, deletedAt: Not(IsNull()) })
      .andWhere('agent.id < :id', { id })
      .getCount();
  }

  /**
   * How many references of agents that were deleted before this one name it. A later one cannot: it
   * would have kept this one from being deleted, so it names another of that name.
   */
  async tombstonesNaming(
    source: Source,
    { tenantId, name, id, deletedAt }: AgentEntity,
  ): Promise<number> {
    return source.manager
      .createQueryBuilder(AgentReferenceEntity, 'reference')
      .innerJoin(AgentEntity, 'agent', 'agent.id = reference.agentId')
      .where({ tenantId, target: name, agentId: Not(id) })
      .andWhere('agent.deletedAt <= :deletedAt', { deletedAt })
      .getCount();
  }

  /** How many of these live agents were never seen as they are wanted, and may still be. */
  async countWaiting(source: Source, tenantId: string, names: readonly string[]): Promise<number> {
    return source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .where({ tenantId, name: In([...names]), deletedAt: IsNull(), phase: Not('Failed') })
      .getCount();
  }

  /** Ids of the rows whose wish was not observed yet. */
  async outOfSync(source: Source): Promise<Pick<AgentEntity, 'id' | 'tenantId'>[]> {
    return source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .select('agent.id', 'id')
      .addSelect('agent.tenantId', 'tenantId')
      .where('agent.generation <> agent.observedGeneration')
      .orWhere('agent.deletedAt IS NOT NULL')
      .getRawMany<Pick<AgentEntity, 'id' | 'tenantId'>>();
  }

  /** Replaces what an agent refers to. */
  async setReferences(tx: Tx, agentId: string, rows: AgentReferenceEntity[]): Promise<void> {
    await tx.manager.delete(AgentReferenceEntity, { agentId });
    if (rows.length > 0) await tx.manager.insert(AgentReferenceEntity, rows);
  }

  /** The references between live agents of a tenant: name of the referrer, name of the target. */
  async references(source: Source, tenantId: string): Promise<{ from: string; to: string }[]> {
    return source.manager
      .createQueryBuilder(AgentReferenceEntity, 'reference')
      .innerJoin(AgentEntity, 'agent', 'agent.id = reference.agentId')
      .select('agent.name', 'from')
      .addSelect('reference.target', 'to')
      .where('reference.tenantId = :tenantId AND agent.deletedAt IS NULL', { tenantId })
      .getRawMany<{ from: string; to: string }>();
  }

  /** The live agents of a tenant whose spec names another one. */
  async referrersOf(
    source: Source,
    tenantId: string,
    target: string,
  ): Promise<Pick<AgentEntity, 'id' | 'tenantId'>[]> {
    return source.manager
      .createQueryBuilder(AgentEntity, 'agent')
      .innerJoin(AgentReferenceEntity, 'reference', 'reference.agentId = agent.id')
      .select('agent.id', 'id')
      .distinct(true)
      .addSelect('agent.tenantId', 'tenantId')
      .where('reference.tenantId = :tenantId AND reference.target = :target', { tenantId, target })
      .andWhere('agent.deletedAt IS NULL')
      .getRawMany<Pick<AgentEntity, 'id' | 'tenantId'>>();
  }

  /** Every row of a name, the live one and tombstones, oldest first. */
  async ofName(source: Source, tenantId: string, name: string): Promise<AgentEntity[]> {
    return source.manager.find(AgentEntity, { where: { tenantId, name }, order: { id: 'ASC' } });
  }

  /** The live agents of a tenant that another door has. */
  async ofOtherOrigin(source: Source, tenantId: string, origin: string): Promise<AgentEntity[]> {
    const where = { tenantId, origin: Not(origin), deletedAt: IsNull() };
    return source.manager.find(AgentEntity, { where, order: { id: 'ASC' } });
  }

  /** Names of the live agents of a tenant out of `names`. */
  async existing(source: Source, tenantId: string, names: readonly string[]): Promise<Set<string>> {
    if (names.length === 0) return new Set();
    const rows = await source.manager.find(AgentEntity, {
      select: { name: true },
      where: { tenantId, name: In([...names]), deletedAt: IsNull() },
    });
    return new Set(rows.map(({ name }) => name));
  }

  /** The specs of the live agents of a tenant out of `names`, as canonical JSON. */
  async specsOf(
    source: Source,
    tenantId: string,
    names: readonly string[],
  ): Promise<{ name: string; spec: string }[]> {
    if (names.length === 0) return [];
    return source.manager.find(AgentEntity, {
      select: { name: true, spec: true },
      where: { tenantId, name: In([...names]), deletedAt: IsNull() },
    });
  }

  /** Removes a row and all that hangs on it. */
  async purge(tx: Tx, { id, tenantId }: Pick<AgentEntity, 'id' | 'tenantId'>): Promise<void> {
    await tx.manager.delete(AgentReferenceEntity, { agentId: id, tenantId });
    await tx.manager.delete(AgentVersionEntity, { agentId: id });
    await tx.manager.delete(AgentCallEntity, { agentId: id, tenantId });
    await tx.manager.delete(AgentEntity, { id, tenantId });
  }

  /** Removes every agent of a tenant, with all that hangs on them. */
  async purgeTenant(tx: Tx, tenantId: string): Promise<void> {
    const rows = await tx.manager.find(AgentEntity, { select: { id: true }, where: { tenantId } });
    for (const { id } of rows) await this.purge(tx, { id, tenantId });
    await tx.manager.delete(AgentCallEntity, { tenantId });
    await tx.manager.delete(TraceCoverageEntity, { tenantId });
  }
}

/** What a filter lets through, as SQL, and its values. */
function filtered(source: Source, { tenantId, phase, label }: AgentFilter) {
  const where = ['deleted_at IS NULL'];
  const values: HotValue[] = [];
  const add = (condition: string, value: string): void => {
    where.push(condition);
    values.push(value);
  };
  if (tenantId !== undefined) add('tenant_id = ?', tenantId);
  if (phase !== undefined) add('phase = ?', phase);
  if (label !== undefined) {
    // LIKE is blind to case on one of the databases.
    const find = source.manager.connection.options.type === 'postgres' ? 'strpos' : 'instr';
    add(`${find}(',' || substr(labels, 2), ?) > 0`, labelText(label));
  }
  return { where, values };
}

/** Makes the query of a condition once: there are as many as ways to filter. */
function once<Q>(make: (where: string) => Q): (where: string) => Q {
  const made = new Map<string, Q>();
  return (where) => {
    const query = made.get(where) ?? make(where);
    made.set(where, query);
    return query;
  };
}

/**
 * Labels are one JSON object of text, so a label is found by how it is written there, after its
 * comma: a quote in another key would look like the beginning of this one.
 */
function labelText(label: string): string {
  const at = label.indexOf('=');
  const key = `,${JSON.stringify(at === -1 ? label : label.slice(0, at))}:`;
  return at === -1 ? key : `${key}${JSON.stringify(label.slice(at + 1))}`;
}
