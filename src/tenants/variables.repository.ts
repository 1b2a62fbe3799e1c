import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { HotQuery } from '../platform/database/hot-query.js';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { TenantVariableEntity } from './tenant-variable.entity.js';

/** Who gets the variables that there are now. */
const audience = 'node';

const OF_TENANT = new HotQuery(TenantVariableEntity, {
  where: 'tenant_id = ? AND audience = ?',
  tail: 'ORDER BY name',
});

/** The rows of tenants' variables. */
@Injectable()
export class VariablesRepository {
  async find(source: Source, tenantId: string, name: string): Promise<TenantVariableEntity | null> {
    return source.manager.findOneBy(TenantVariableEntity, { tenantId, audience, name });
  }

  async add(tx: Tx, variable: Omit<TenantVariableEntity, 'audience'>): Promise<void> {
    await tx.manager.insert(TenantVariableEntity, { ...variable, audience });
  }

  async update(
    tx: Tx,
    { tenantId, name }: TenantVariableEntity,
    changes: Pick<TenantVariableEntity, 'sealed' | 'version' | 'updatedAt'>,
  ): Promise<void> {
    await tx.manager.update(TenantVariableEntity, { tenantId, audience, name }, changes);
  }

  /** Puts one sealed text in the place of another, unless it was changed meanwhile. */
  async reseal(tx: Tx, row: TenantVariableEntity, sealed: string): Promise<void> {
    const { tenantId, name, version, sealed: before } = row;
    const where = { tenantId, audience, name, version, sealed: before };
    await tx.manager.update(TenantVariableEntity, where, { sealed });
  }

  async remove(tx: Tx, tenantId: string, name: string): Promise<void> {
    await tx.manager.delete(TenantVariableEntity, { tenantId, audience, name });
  }

  /** Variables in the order of their names, at most `limit` after one. */
  async list(
    source: Source,
    tenantId: string,
    after = '',
    limit?: number,
  ): Promise<TenantVariableEntity[]> {
    return source.manager.find(TenantVariableEntity, {
      where: { tenantId, audience, name: MoreThan(after) },
      order: { name: 'ASC' },
      ...(limit === undefined ? {} : { take: limit }),
    });
  }

  /** All that a tenant's node gets, in the order of their names. */
  async ofTenant(source: Source, tenantId: string): Promise<readonly TenantVariableEntity[]> {
    return source.all(OF_TENANT, [tenantId, audience]);
  }

  async count(source: Source, tenantId: string): Promise<number> {
    return source.manager.countBy(TenantVariableEntity, { tenantId, audience });
  }

  /** Every variable of every tenant. */
  async all(source: Source): Promise<TenantVariableEntity[]> {
    return source.manager.find(TenantVariableEntity);
  }
}
