import type { TenantEntity } from './tenant.entity.js';
import type { TenantView } from './tenants.schemas.js';

const LOOPBACK = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** A tenant as callers see it; a loopback endpoint is for admins alone. */
export function tenantView(row: TenantEntity, agentCount: number, admin: boolean): TenantView {
  const hidden = row.nodeEndpoint !== null && LOOPBACK.test(row.nodeEndpoint) && !admin;
  return {
    id: row.id,
    crName: row.crName,
    displayName: row.displayName,
    nodeProfile: row.nodeProfile as TenantView['nodeProfile'],
    resourceQuota: { maxAgents: row.maxAgents, cpu: row.cpu, memory: row.memory },
    phase: row.phase as TenantView['phase'],
    ready: row.nodeReady,
    namespace: row.crName,
    nodeEndpoint: hidden ? null : row.nodeEndpoint,
    nodeVersion: row.nodeVersion,
    agentCount,
    suspend: row.suspend,
    deletionProtection: row.deletionProtection,
    origin: row.origin as TenantView['origin'],
    generation: row.generation,
    observedGeneration: row.observedGeneration,
    conditions: JSON.parse(row.conditions) as TenantView['conditions'],
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
