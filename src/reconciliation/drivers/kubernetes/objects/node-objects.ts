import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { NODE_NAME, NODE_PORT, NODE_SECRET } from '../../../resources/resource-names.js';
import { NODE_SELECTOR, nodePodTemplate } from './node-pod.js';
import { metadataIn } from './object-metadata.js';
import type { TenantWish } from './tenant-wish.js';

/** Who the node is in the cluster: somebody without a token. */
export function nodeServiceAccount(
  tenant: TenantWish,
  settings: ClusterTenantsConfig,
): AppliedObject {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataIn(tenant, settings, NODE_NAME),
    automountServiceAccountToken: false,
  };
}

/** The node itself; without a pod while the tenant is suspended. */
export function nodeDeployment(tenant: TenantWish, settings: ClusterTenantsConfig): AppliedObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataIn(tenant, settings, NODE_NAME),
    spec: {
      replicas: tenant.suspend ? 0 : 1,
      // The extra pod of a rolling update would not fit into the quota and wait for ever.
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { ...NODE_SELECTOR } },
      template: nodePodTemplate(tenant, settings),
    },
  };
}

/** The address of the node within the cluster. */
export function nodeService(tenant: TenantWish, settings: ClusterTenantsConfig): AppliedObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataIn(tenant, settings, NODE_NAME),
    spec: {
      type: 'ClusterIP',
      selector: { ...NODE_SELECTOR },
      ports: [{ name: 'http', protocol: 'TCP', port: NODE_PORT, targetPort: NODE_PORT }],
    },
  };
}

/**
 * The variables of a tenant for its node. Written when they change and never read: what we may
 * do with secrets is to make, change and delete them.
 */
export function nodeSecret(
  tenant: TenantWish,
  settings: ClusterTenantsConfig,
  values: Readonly<Record<string, string>>,
): AppliedObject {
  const encoded = Object.entries(values).map(([name, value]) => [
    name,
    Buffer.from(value, 'utf8').toString('base64'),
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataIn(tenant, settings, NODE_SECRET),
    type: 'Opaque',
    data: Object.fromEntries(encoded),
  };
}

/** Where a node of this name answers, from within the cluster. */
export function nodeEndpointOf({ crName }: Pick<TenantWish, 'crName'>): string {
  return `http://${NODE_NAME}.${crName}.svc:${NODE_PORT}`;
}
