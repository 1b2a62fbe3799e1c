import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, Not } from 'typeorm';
import { HotQuery } from '../platform/database/hot-query.js';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { ClusterDeletionEntity } from './cluster-deletion.entity.js';
import { TenantEntity } from './tenant.entity.js';
import { TenantVariableEntity } from './tenant-variable.entity.js';
import { TenantMemberEntity } from './tenant-member.entity.js';

const TENANT = new HotQuery(TenantEntity, { where: 'id = ?' });
const TENANT_BY_NAME = new HotQuery(TenantEntity, { where: 'cr_name = ?' });
const MEMBER = new HotQuery(TenantMemberEntity, { where: 'tenant_id = ? AND user_id = ?' });

/** Whether it can only be a crName: what is adopted from the cluster has any name but an id's. */
export function isTenantName(idOrName: string): boolean {
  return !idOrName.startsWith('t_');
}

/** The rows of tenants and of their members. */
@Injectable()
export class TenantsRepository {
  async add(tx: Tx, tenant: TenantEntity): Promise<void> {
    await tx.manager.insert(TenantEntity, tenant);
  }

  async update(tx: Tx, id: string, changes: Partial<TenantEntity>): Promise<void> {
    await tx.manager.update(TenantEntity, { id }, changes);
  }

  /** Removes the tenant, its members and its variables for good, and what was held of it. */
  async purge(tx: Tx, id: string): Promise<void> {
    // One that was let through still counts for the burst.
    await tx.manager.delete(ClusterDeletionEntity, [
      { tenantId: id, held: true },
      { tenantId: id, confirmedAt: Not(IsNull()) },
    ]);
    await tx.manager.delete(TenantVariableEntity, { tenantId: id });
    await tx.manager.delete(TenantMemberEntity, { tenantId: id });
    await tx.manager.delete(TenantEntity, { id });
  }

  async find(source: Source, idOrName: string): Promise<TenantEntity | null> {
    const query = isTenantName(idOrName) ? TENANT_BY_NAME : TENANT;
    const [tenant] = await source.all(query, [idOrName]);
    return tenant ?? null;
  }

  /** By its crName, whatever that looks like. */
  async findByName(source: Source, crName: string): Promise<TenantEntity | null> {
    const [tenant] = await source.all(TENANT_BY_NAME, [crName]);
    return tenant ?? null;
  }

  /** The live tenants that wait for an owner of this address. */
  async waitingFor(source: Source, ownerEmail: string): Promise<TenantEntity[]> {
    const where = { ownerEmail, deletedAt: IsNull() };
    return source.manager.find(TenantEntity, { where, order: { id: 'ASC' } });
  }

  /** Who has owned a tenant the longest. */
  async firstOwner(source: Source, tenantId: string): Promise<TenantMemberEntity | null> {
    return source.manager.findOne(TenantMemberEntity, {
      where: { tenantId, role: 'owner' },
      order: { createdAt: 'ASC', userId: 'ASC' },
    });
  }

  /** Reads a tenant and keeps others from changing it until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<TenantEntity | null> {
    if (tx.manager.connection.options.type !== 'postgres') return this.find(tx, id);
    return tx.manager.findOne(TenantEntity, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** Tenants in the order of their creation, `ids` alone when given. */
  async list(
    source: Source,
    ids: readonly string[] | undefined,
    afterId: string | undefined,
    limit: number,
  ): Promise<TenantEntity[]> {
    const query = source.manager.createQueryBuilder(TenantEntity, 'tenant').orderBy('tenant.id');
    if (ids !== undefined) query.andWhere({ id: In([...ids]) });
    if (afterId !== undefined) query.andWhere({ id: MoreThan(afterId) });
    return query.take(limit).getMany();
  }

  async count(source: Source): Promise<number> {
    return source.manager.count(TenantEntity);
  }

  async allIds(source: Source): Promise<string[]> {
    const rows = await source.manager.find(TenantEntity, { select: { id: true } });
    return rows.map(({ id }) => id);
  }

  /** Ids of the tenants whose wish was not observed yet, and of those that are being deleted. */
  async idsOutOfSync(source: Source): Promise<string[]> {
    const rows = await source.manager
      .createQueryBuilder(TenantEntity, 'tenant')
      .select('tenant.id', 'id')
      .where('tenant.generation <> tenant.observedGeneration')
      .orWhere('tenant.deletedAt IS NOT NULL')
      .getRawMany<{ id: string }>();
    return rows.map(({ id }) => id);
  }

  async addMember(tx: Tx, member: TenantMemberEntity): Promise<void> {
    await tx.manager.insert(TenantMemberEntity, member);
  }

  async roleOf(source: Source, tenantId: string, userId: string): Promise<string | undefined> {
    const [member] = await source.all(MEMBER, [tenantId, userId]);
    return member?.role;
  }

  async membershipsOf(source: Source, userId: string): Promise<TenantMemberEntity[]> {
    return source.manager.find(TenantMemberEntity, {
      where: { userId },
      order: { tenantId: 'ASC' },
    });
  }

  /** How many tenants a person owns, those that are being deleted not counted. */
  async countOwned(source: Source, userId: string): Promise<number> {
    return source.manager
      .createQueryBuilder(TenantMemberEntity, 'member')
      .innerJoin(TenantEntity, 'tenant', 'tenant.id = member.tenantId')
      .where({ userId, role: 'owner' })
      .andWhere('tenant.deletedAt IS NULL')
      .getCount();
  }
}
