import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { GROUP, LIMITS_NAME, QUOTA_NAME } from '../../../resources/resource-names.js';
import { smaller } from './node-resources.js';
import { metadataIn } from './object-metadata.js';
import type { TenantWish } from './tenant-wish.js';

/** Counts the agents of a namespace, whichever door they came through. */
export const AGENT_COUNT = `count/nexusagents.${GROUP}`;

/** What a container gets that asks for nothing, so that a quota of limits does not refuse it. */
const PLAIN_LIMITS = { cpu: '500m', memory: '512Mi' };
const PLAIN_REQUESTS = { cpu: '100m', memory: '128Mi' };

/** The quota of a tenant. */
export function tenantQuota(tenant: TenantWish, settings: ClusterTenantsConfig): AppliedObject {
  const { cpu, memory, maxAgents } = tenant;
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: metadataIn(tenant, settings, QUOTA_NAME),
    spec: {
      hard: {
        'requests.cpu': cpu,
        'requests.memory': memory,
        'limits.cpu': cpu,
        'limits.memory': memory,
        [AGENT_COUNT]: String(maxAgents),
      },
    },
  };
}

/** What containers of a tenant get and may ask for, below its quota. */
export function tenantLimits(tenant: TenantWish, settings: ClusterTenantsConfig): AppliedObject {
  const most = { cpu: tenant.cpu, memory: tenant.memory };
  return {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: metadataIn(tenant, settings, LIMITS_NAME),
    spec: {
      limits: [
        {
          type: 'Container',
          max: most,
          default: smaller(PLAIN_LIMITS, most),
          defaultRequest: smaller(PLAIN_REQUESTS, most),
        },
      ],
    },
  };
}
