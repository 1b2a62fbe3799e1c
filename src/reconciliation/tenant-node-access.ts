import { Injectable } from '@nestjs/common';
import { NodeAccess, type NodeEndpoint, type NodeLogLine } from '../nodes/node-access.js';
import { TenantSyncService } from '../tenants/tenant-sync.service.js';
import { Drivers } from './drivers/drivers.js';

/** The way to a tenant's node by what was last observed of it. */
@Injectable()
export class TenantNodeAccess extends NodeAccess {
  constructor(
    private readonly tenants: TenantSyncService,
    private readonly drivers: Drivers,
  ) {
    super();
  }

  override async endpointOf(tenantId: string): Promise<NodeEndpoint | undefined> {
    const tenant = await this.tenants.find(tenantId);
    return tenant === null ? undefined : this.drivers.for(tenant).endpointOf(tenant);
  }

  override async logLines(tenantId: string, agent: string, limit: number): Promise<NodeLogLine[]> {
    const tenant = await this.tenants.find(tenantId);
    return tenant === null ? [] : this.drivers.for(tenant).logLines(tenant, agent, limit);
  }
}
