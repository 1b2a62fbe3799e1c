import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import {
  NODE_NAME,
  NODE_PORT,
  NODE_SECRET,
  VARIABLES_ANNOTATION,
} from '../../../resources/resource-names.js';
import { nodeResources } from './node-resources.js';
import { tenantLabels } from './object-metadata.js';
import type { TenantWish } from './tenant-wish.js';

/** The pods of a tenant's node; a Deployment's selector never changes, so this does not either. */
export const NODE_SELECTOR = { 'app.kubernetes.io/name': NODE_NAME } as const;

/** Where a node keeps what it has; gone with its pod, and sent again. */
const DATA_DIR = '/var/lib/astromesh';
const CONFIG_DIR = '/etc/astromesh';

/** The image of a tenant's node. */
export function nodeImage(
  { pinnedNodeVersion }: Pick<TenantWish, 'pinnedNodeVersion'>,
  { nodeImage: image, nodeTag }: ClusterTenantsConfig,
): string {
  return image.includes('@') ? image : `${image}:${pinnedNodeVersion ?? nodeTag}`;
}

/** The template of the node's pods. */
export function nodePodTemplate(tenant: TenantWish, settings: ClusterTenantsConfig): object {
  const { pullSecrets } = settings;
  return {
    metadata: {
      labels: { ...tenantLabels(tenant, settings), ...NODE_SELECTOR },
      ...(tenant.variablesStamp === ''
        ? {}
        : { annotations: { [VARIABLES_ANNOTATION]: tenant.variablesStamp } }),
    },
    spec: {
      serviceAccountName: NODE_NAME,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 10,
      ...(pullSecrets.length > 0
        ? { imagePullSecrets: pullSecrets.map((name) => ({ name })) }
        : {}),
      securityContext: podSecurityContext(settings),
      containers: [container(tenant, settings)],
      volumes: mounts(settings).map(({ name }) => ({ name, emptyDir: {} })),
    },
  };
}

function container(tenant: TenantWish, settings: ClusterTenantsConfig): object {
  return {
    name: NODE_NAME,
    image: nodeImage(tenant, settings),
    imagePullPolicy: settings.pullPolicy,
    env: [
      { name: 'ASTROMESH_ROLE', value: tenant.nodeProfile },
      { name: 'NEXUS_NODE_HOST', value: '0.0.0.0' },
      { name: 'NEXUS_NODE_PORT', value: String(NODE_PORT) },
      { name: 'NEXUS_NODE_DIR', value: DATA_DIR },
    ],
    envFrom: [{ secretRef: { name: NODE_SECRET, optional: true } }],
    ports: [{ name: 'http', containerPort: NODE_PORT, protocol: 'TCP' }],
    resources: nodeResources(tenant, settings),
    startupProbe: healthProbe({ periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 60 }),
    readinessProbe: healthProbe({ periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 }),
    livenessProbe: healthProbe({ periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
    securityContext: containerSecurityContext(settings),
    volumeMounts: mounts(settings),
  };
}

function healthProbe(times: object): object {
  return { httpGet: { path: '/v1/health', port: 'http' }, ...times };
}

/** At level `restricted` the root file system is read-only, and the rest is mounted. */
function mounts({ podSecurity }: ClusterTenantsConfig): { name: string; mountPath: string }[] {
  const data = { name: 'data', mountPath: DATA_DIR };
  if (podSecurity !== 'restricted') return [data];
  return [data, { name: 'config', mountPath: CONFIG_DIR }, { name: 'tmp', mountPath: '/tmp' }];
}

function podSecurityContext({ podSecurity, nodeUser }: ClusterTenantsConfig): object {
  const seccompProfile = { type: 'RuntimeDefault' };
  if (podSecurity !== 'restricted') return { seccompProfile };
  return {
    runAsNonRoot: true,
    runAsUser: nodeUser,
    runAsGroup: nodeUser,
    fsGroup: nodeUser,
    seccompProfile,
  };
}

function containerSecurityContext({ podSecurity }: ClusterTenantsConfig): object {
  return {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: podSecurity === 'restricted',
  };
}
