import type { AgentRecord } from '../../agents/agent-sync.service.js';
import type { ClusterTenantsConfig } from '../../config/cluster-tenants.config.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import { tenantLabels } from '../drivers/kubernetes/objects/object-metadata.js';
import { agentResource } from '../resources/agent-resource.js';
import type { AppliedObject } from '../resources/applied-object.js';
import { ORIGIN_ANNOTATION, OWNER_ANNOTATION } from '../resources/resource-names.js';
import { tenantResource } from '../resources/tenant-resource.js';

/** What a tenant's resource has to be: whole, or how it is marked when its spec is another's. */
export function wantedTenant(
  tenant: TenantRecord,
  settings: ClusterTenantsConfig,
  owner: string | null,
): AppliedObject {
  const labels = tenantLabels(tenant, settings);
  const { namespace } = settings;
  const place = { namespace, labels, ...(owner === null ? {} : { owner }) };
  return asWanted(tenantResource(tenant, place) as unknown as AppliedObject, tenant.origin);
}

/** The same of an agent. */
export function wantedAgent(
  agent: AgentRecord,
  tenant: TenantRecord,
  settings: ClusterTenantsConfig,
): AppliedObject {
  const labels = tenantLabels(tenant, settings);
  const place = { namespace: tenant.crName, labels };
  return asWanted(agentResource(agent, place) as unknown as AppliedObject, agent.origin);
}

function asWanted(resource: AppliedObject, origin: string): AppliedObject {
  return origin === 'api' ? resource : { ...resource, metadata: marks(resource.metadata) };
}

/** Metadata without what says that the API made it. */
function marks(metadata: AppliedObject['metadata']): AppliedObject['metadata'] {
  const {
    [ORIGIN_ANNOTATION]: _,
    [OWNER_ANNOTATION]: __,
    ...annotations
  } = metadata.annotations ?? {};
  return { ...metadata, annotations };
}

/** A resource as it is applied when its spec is another's. */
export function withoutSpec({ apiVersion, kind, metadata }: AppliedObject): AppliedObject {
  return { apiVersion, kind, metadata };
}
