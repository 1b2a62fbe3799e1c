import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { TenantMemberEntity } from './tenant-member.entity.js';

/** The rows of a tenant's members. */
@Injectable()
export class MembersRepository {
  async add(tx: Tx, member: TenantMemberEntity): Promise<void> {
    await tx.manager.insert(TenantMemberEntity, member);
  }

  async setRole(tx: Tx, tenantId: string, userId: string, role: string): Promise<void> {
    await tx.manager.update(TenantMemberEntity, { tenantId, userId }, { role });
  }

  async remove(tx: Tx, tenantId: string, userId: string): Promise<void> {
    await tx.manager.delete(TenantMemberEntity, { tenantId, userId });
  }

  async find(source: Source, tenantId: string, userId: string): Promise<TenantMemberEntity | null> {
    return source.manager.findOneBy(TenantMemberEntity, { tenantId, userId });
  }

  async owners(source: Source, tenantId: string): Promise<TenantMemberEntity[]> {
    return source.manager.findBy(TenantMemberEntity, { tenantId, role: 'owner' });
  }

  /** Members in the order in which they came. */
  async list(
    source: Source,
    tenantId: string,
    after: readonly string[] | undefined,
    limit: number,
  ): Promise<TenantMemberEntity[]> {
    const [createdAt = '', userId = ''] = after ?? [];
    return source.manager.find(TenantMemberEntity, {
      where: [
        { tenantId, createdAt: MoreThan(createdAt) },
        { tenantId, createdAt, userId: MoreThan(userId) },
      ],
      order: { createdAt: 'ASC', userId: 'ASC' },
      take: limit,
    });
  }

  async count(source: Source, tenantId: string): Promise<number> {
    return source.manager.countBy(TenantMemberEntity, { tenantId });
  }
}
