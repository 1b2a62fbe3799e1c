import type { AuditActor } from '../audit/audit-trail.service.js';
import type { TenantEntity } from './tenant.entity.js';
import type { TenantPhase } from './tenants.schemas.js';

/** What is known of a tenant when its row is made. */
export type TenantStart = Pick<
  TenantEntity,
  | 'id'
  | 'crName'
  | 'displayName'
  | 'nodeProfile'
  | 'maxAgents'
  | 'cpu'
  | 'memory'
  | 'deletionProtection'
> &
  Partial<Pick<TenantEntity, 'suspend' | 'pinnedNodeVersion'>>;

/** The row of a tenant of the API that nothing was observed of. */
export function newTenant(by: Pick<AuditActor, 'id'>, start: TenantStart, now: Date): TenantEntity {
  const at = now.toISOString();
  return {
    suspend: false,
    pinnedNodeVersion: null,
    ...start,
    origin: 'api',
    fieldManager: null,
    resourceUid: null,
    ownerEmail: null,
    clusterId: null,
    createdBy: by.id,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    generation: 1,
    observedGeneration: 0,
    phase: 'Pending' satisfies TenantPhase,
    conditions: '[]',
    nodeEndpoint: null,
    nodeVersion: null,
    nodeReady: false,
  };
}
