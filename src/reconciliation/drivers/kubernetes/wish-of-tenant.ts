import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { TenantRecord } from '../../../tenants/tenant-sync.service.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import { EGRESS_ANNOTATION } from '../../resources/resource-names.js';
import type { TenantWish } from './objects/tenant-wish.js';

/**
 * What is wanted of a tenant's objects: its row, its variables, and what its resource alone says.
 *
 * @param resource undefined where there is none (yet)
 */
export function wishOfTenant(
  tenant: TenantRecord,
  { stamp }: GivenVariables,
  resource: NexusTenant | undefined,
): TenantWish {
  const { id, crName, displayName, nodeProfile, maxAgents, cpu, memory } = tenant;
  const networks = resource?.metadata.annotations?.[EGRESS_ANNOTATION] ?? '';
  const egressCidrs = networks.split(/[\s,]+/).filter((network) => network !== '');
  return {
    id,
    crName,
    displayName,
    nodeProfile,
    maxAgents,
    cpu,
    memory,
    suspend: tenant.suspend,
    deletionProtection: tenant.deletionProtection,
    pinnedNodeVersion: tenant.pinnedNodeVersion,
    ...(egressCidrs.length > 0 ? { egressCidrs } : {}),
    // A source without variables has an empty stamp.
    variablesStamp: /^;*$/.test(stamp) ? '' : stamp,
  };
}
