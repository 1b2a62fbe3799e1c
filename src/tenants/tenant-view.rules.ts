import type { TenantEntity } from './tenant.entity.js';
import type { TenantView } from './tenants.schemas.js';

const LOOPBACK = /^https?:\/\/(localhost|127\.|\[::1\])/;

/** What callers see of a tenant's node; a loopback endpoint is for admins alone. */
export function nodeView(
  { nodeEndpoint, nodeReady, nodeVersion }: TenantEntity,
  admin: boolean,
): { endpoint: string | null; ready: boolean; version: string | null } {
  const hidden = nodeEndpoint !== null && !admin && LOOPBACK.test(nodeEndpoint);
  return { endpoint: hidden ? null : nodeEndpoint, ready: nodeReady, version: nodeVersion };
}

/** A tenant as callers see it. */
export function tenantView(row: TenantEntity, agentCount: number, admin: boolean): TenantView {
  const node = nodeView(row, admin);
  return {
    id: row.id,
    crName: row.crName,
    displayName: row.displayName,
    nodeProfile: row.nodeProfile as TenantView['nodeProfile'],
    resourceQuota: { maxAgents: row.maxAgents, cpu: row.cpu, memory: row.memory },
    phase: row.phase as TenantView['phase'],
    ready: node.ready,
    namespace: row.crName,
    nodeEndpoint: node.endpoint,
    nodeVersion: node.version,
    agentCount,
    suspend: row.suspend,
    deletionProtection: row.deletionProtection,
    origin: row.origin as TenantView['origin'],
    fieldManager: row.fieldManager,
    generation: row.generation,
    observedGeneration: row.observedGeneration,
    conditions: JSON.parse(row.conditions) as TenantView['conditions'],
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
