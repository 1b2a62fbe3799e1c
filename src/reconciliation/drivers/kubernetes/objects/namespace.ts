import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { MANAGED_LABEL, PROTECTED_LABEL } from '../../../resources/resource-names.js';
import { tenantLabels } from './object-metadata.js';
import type { TenantWish } from './tenant-wish.js';

/** Prefix of the labels that Pod Security admission reads. */
export const POD_SECURITY = 'pod-security.kubernetes.io/';

/** The namespace of a tenant, where everything else of it is. */
export function tenantNamespace(tenant: TenantWish, settings: ClusterTenantsConfig): AppliedObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: tenant.crName,
      labels: {
        ...tenantLabels(tenant, settings),
        [MANAGED_LABEL]: 'true',
        [`${POD_SECURITY}enforce`]: settings.podSecurity,
        [`${POD_SECURITY}enforce-version`]: settings.podSecurityVersion,
        ...(tenant.deletionProtection ? { [PROTECTED_LABEL]: 'true' } : {}),
      },
    },
  };
}
