import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { tenantNamespace } from './namespace.js';
import { networkPolicies } from './network-policies.js';
import { nodeDeployment, nodeService, nodeServiceAccount } from './node-objects.js';
import { tenantLimits, tenantQuota } from './quota.js';
import type { TenantWish } from './tenant-wish.js';

/**
 * All that a tenant is made of, in the order in which it is applied: the fences stand before the
 * node starts. The Secret of its variables is not among them (`nodeSecret`): it is written when a
 * variable changes, and its drift is not seen. The same wish gives the same objects.
 */
export function tenantObjects(tenant: TenantWish, settings: ClusterTenantsConfig): AppliedObject[] {
  return [
    tenantNamespace(tenant, settings),
    tenantQuota(tenant, settings),
    tenantLimits(tenant, settings),
    ...networkPolicies(tenant, settings),
    nodeServiceAccount(tenant, settings),
    nodeService(tenant, settings),
    nodeDeployment(tenant, settings),
  ];
}
