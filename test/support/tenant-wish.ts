import { ClusterTenantsConfig } from '../../src/config/cluster-tenants.config.js';
import { loadConfig } from '../../src/config/load-config.js';
import type { TenantWish } from '../../src/reconciliation/drivers/kubernetes/objects/tenant-wish.js';

/** The settings of tenants in a cluster as they are without any variable, with some changed. */
export function clusterSettings(changes: Partial<ClusterTenantsConfig> = {}): ClusterTenantsConfig {
  const { clusterTenants } = loadConfig({
    NEXUS_DRIVER: 'none',
    NEXUS_JWT_SECRET: 'x'.repeat(48),
    NEXUS_ENCRYPTION_KEY: '0'.repeat(64),
  });
  return new ClusterTenantsConfig({ ...clusterTenants, ...changes });
}

/** A tenant that wants what is usual. */
export function tenantWish(changes: Partial<TenantWish> = {}): TenantWish {
  return {
    id: 't_01j8zq6k3v0000000000000000',
    crName: 'tenant-5f0c1a8e-8a4e-4f0e-9c1d-0d7a3a3b6a11',
    displayName: 'Customer care',
    nodeProfile: 'full',
    maxAgents: 50,
    cpu: '2',
    memory: '4Gi',
    suspend: false,
    deletionProtection: false,
    pinnedNodeVersion: null,
    variablesStamp: '',
    ...changes,
  };
}
