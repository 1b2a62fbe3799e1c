import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import type { Permission } from '../access/permissions.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import type { TenantEntity } from './tenant.entity.js';
import { tenantDeleting, tenantNotFound } from './tenants.errors.js';
import { TenantsRepository } from './tenants.repository.js';

/** Who changes something below a tenant, and what that takes. */
export interface TenantChange {
  actor: Actor;
  /** Id or crName. */
  tenant: string;
  permission: Permission;
  hints?: TenantHints | undefined;
}

/** Changes of what is below a tenant. */
@Injectable()
export class TenantChanges {
  constructor(
    private readonly repository: TenantsRepository,
    private readonly scope: TenantScope,
    private readonly units: UnitOfWork,
  ) {}

  /**
   * Runs `work` with the tenant locked. The permission is looked at twice: strangers never wait
   * for the lock, and who lost the role while waiting for it is refused all the same.
   *
   * @throws AppError as `TenantScope.open` does, `tenant_deleting`
   */
  async run<T>(
    { actor, tenant, permission, hints }: TenantChange,
    work: (tx: Tx, tenant: TenantEntity) => Promise<T>,
  ): Promise<T> {
    const options = { below: true, ...(hints && { hints }) };
    const { id } = await this.scope.open(actor, tenant, permission, options);
    return this.units.run(async (tx) => {
      const row = await this.repository.lock(tx, id);
      await this.scope.open(actor, id, permission, { below: true, tx });
      if (row === null) throw tenantNotFound();
      if (row.deletedAt !== null) throw tenantDeleting();
      return work(tx, row);
    });
  }
}
