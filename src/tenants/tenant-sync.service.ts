import { Injectable } from '@nestjs/common';
import { Reader, type Tx, UnitOfWork } from '../platform/database/unit-of-work.js';
import type { TenantEntity } from './tenant.entity.js';
import { TenantsRepository } from './tenants.repository.js';

/** What was observed of a tenant; the columns that reconciliation writes. */
export type ObservedTenant = Pick<
  TenantEntity,
  'observedGeneration' | 'phase' | 'conditions' | 'nodeEndpoint' | 'nodeVersion' | 'nodeReady'
>;

/** A tenant as reconciliation reads it. */
export type TenantRecord = Readonly<TenantEntity>;

/** What reconciliation needs of tenants: their wish as it stands, and a place for what it sees. */
@Injectable()
export class TenantSyncService {
  constructor(
    private readonly repository: TenantsRepository,
    private readonly units: UnitOfWork,
    private readonly reader: Reader,
  ) {}

  async find(id: string): Promise<TenantRecord | null> {
    return this.repository.find(this.reader, id);
  }

  async ids(): Promise<string[]> {
    return this.repository.allIds(this.reader);
  }

  /** Ids of the tenants whose wish was not observed yet. */
  async idsOutOfSync(): Promise<string[]> {
    return this.repository.idsOutOfSync(this.reader);
  }

  /** The same by `crName`, the name of its resource and namespace. */
  async findByName(crName: string): Promise<TenantRecord | null> {
    return this.repository.findByName(this.reader, crName);
  }

  /**
   * Writes what was observed; the columns of the wish are never touched. The very resource that was
   * made for the tenant may be noted with it, so that its deletion is known for one.
   */
  async recordObserved(
    { id }: TenantRecord,
    observed: Partial<ObservedTenant & Pick<TenantEntity, 'resourceUid'>>,
  ): Promise<void> {
    await this.units.run((tx) => this.repository.update(tx, id, observed));
  }

  /** Removes a tenant, its members and its variables for good. */
  async purge(tx: Tx, id: string): Promise<void> {
    await this.repository.purge(tx, id);
  }
}
