import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import {
  API_VERSION,
  ORIGIN_ANNOTATION,
  OWNER_ANNOTATION,
  TENANT_FINALIZER,
  TENANT_ID_ANNOTATION,
} from './resource-names.js';
import type { NexusTenant } from './nexus-tenant.schemas.js';

/** What else the resource of a tenant is made from. */
export interface TenantResourcePlace {
  /** Namespace of the control plane. */
  namespace: string;
  /** Labels of every object of this install. */
  labels: Readonly<Record<string, string>>;
  /** E-mail address of the tenant's first owner. */
  owner?: string | undefined;
  /** Annotations that are kept beside those that say where it came from. */
  annotations?: Readonly<Record<string, string>> | undefined;
}

/** The columns of a tenant that say what is wanted of it in a cluster. */
export type TenantWithResource = Pick<
  TenantRecord,
  | 'id'
  | 'crName'
  | 'displayName'
  | 'nodeProfile'
  | 'maxAgents'
  | 'cpu'
  | 'memory'
  | 'suspend'
  | 'deletionProtection'
  | 'pinnedNodeVersion'
>;

/** The resource of a tenant that came through the API, as it is applied. */
export function tenantResource(
  tenant: TenantWithResource,
  { namespace, labels, owner, annotations }: TenantResourcePlace,
): NexusTenant {
  const { cpu, memory, maxAgents, pinnedNodeVersion } = tenant;
  return {
    apiVersion: API_VERSION,
    kind: 'NexusTenant',
    metadata: {
      name: tenant.crName,
      namespace,
      labels: { ...labels },
      annotations: {
        ...annotations,
        [ORIGIN_ANNOTATION]: 'api',
        [TENANT_ID_ANNOTATION]: tenant.id,
        ...(owner === undefined ? {} : { [OWNER_ANNOTATION]: owner }),
      },
      finalizers: [TENANT_FINALIZER],
    },
    spec: {
      displayName: tenant.displayName,
      nodeProfile: tenant.nodeProfile as NexusTenant['spec']['nodeProfile'],
      resourceQuota: { maxAgents, cpu, memory },
      suspend: tenant.suspend,
      deletionProtection: tenant.deletionProtection,
      ...(pinnedNodeVersion === null ? {} : { nodeVersion: pinnedNodeVersion }),
    },
  };
}
