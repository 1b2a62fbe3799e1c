import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import type { ObjectMeta } from '../../../../platform/kubernetes/kubernetes-object.js';
import {
  INSTALL_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  TENANT_LABEL,
} from '../../../resources/resource-names.js';
import type { TenantWish } from './tenant-wish.js';

/** The id of this install: every object of ours carries it, and only those are ever touched. */
export function installIdOf({ installId, namespace }: ClusterTenantsConfig): string {
  return installId ?? namespace;
}

/** The labels that tell an object of this install from all others; also a selector for them. */
export function ownLabels(settings: ClusterTenantsConfig): Record<string, string> {
  return { [MANAGED_BY_LABEL]: MANAGED_BY, [INSTALL_LABEL]: installIdOf(settings) };
}

/** The labels of every object of a tenant. */
export function tenantLabels(
  { id }: Pick<TenantWish, 'id'>,
  settings: ClusterTenantsConfig,
): Record<string, string> {
  return { ...settings.extraLabels, ...ownLabels(settings), [TENANT_LABEL]: id };
}

/** Metadata of an object in a tenant's namespace. */
export function metadataIn(
  tenant: TenantWish,
  settings: ClusterTenantsConfig,
  name: string,
): ObjectMeta {
  return { name, namespace: tenant.crName, labels: tenantLabels(tenant, settings) };
}
