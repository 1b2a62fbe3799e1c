import { z } from 'zod';
import { concern, setting } from './concern.js';
import { labelMap, labelValue, quantityPair } from './kubernetes-setting-types.js';
import { nameList, networkList, oneOf, text, wholeNumber } from './setting-types.js';

/** What tenants are made of in a cluster. */
export class ClusterTenantsConfig extends concern('Tenants in a cluster', {
  namespace: setting({
    name: 'NEXUS_NAMESPACE',
    schema: labelValue(),
    fallback: 'nexus-system',
    summary: 'Namespace of the control plane, where the NexusTenants are.',
  }),
  installId: setting({
    name: 'NEXUS_INSTALL_ID',
    schema: labelValue().optional(),
    summary:
      'Tells the objects of this install from those of others in the cluster; never change it while tenants exist.',
    absent: 'the namespace of the control plane',
  }),
  nodeImage: setting({
    name: 'NEXUS_NODE_IMAGE',
    schema: text(),
    fallback: 'docker.io/fulfarodev/astromesh',
    summary: "Image of the tenants' nodes, without a tag; a digest (`@sha256:…`) needs none.",
  }),
  nodeTag: setting({
    name: 'NEXUS_NODE_TAG',
    schema: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, 'must be the tag of an image such as 0.40.0'),
    fallback: '0.40.0',
    summary: 'Tag of that image, unless a tenant names one in `nodeVersion`.',
  }),
  pullPolicy: setting({
    name: 'NEXUS_NODE_PULL_POLICY',
    schema: oneOf(['IfNotPresent', 'Always', 'Never']),
    fallback: 'IfNotPresent',
    summary: 'When the image is pulled.',
  }),
  pullSecrets: setting({
    name: 'NEXUS_NODE_PULL_SECRETS',
    schema: nameList(),
    summary:
      "Names of the Secrets in each tenant's namespace that the image is pulled with, separated by commas.",
    absent: 'none',
  }),
  podSecurity: setting({
    name: 'NEXUS_POD_SECURITY',
    schema: oneOf(['restricted', 'baseline', 'privileged']),
    fallback: 'baseline',
    summary:
      "Pod Security level of the tenants' namespaces. `restricted` also runs the node as NEXUS_NODE_USER on a read-only root file system; the published image needs `baseline`, for it runs as root.",
  }),
  podSecurityVersion: setting({
    name: 'NEXUS_POD_SECURITY_VERSION',
    schema: z.string().regex(/^(latest|v1\.\d{1,3})$/, 'must be latest or a version such as v1.36'),
    fallback: 'latest',
    summary: 'Version of Kubernetes whose rules that level means.',
  }),
  nodeUser: setting({
    name: 'NEXUS_NODE_USER',
    schema: wholeNumber(1, 2_147_483_647),
    fallback: '1000',
    summary: 'User id of the node where the Pod Security level is `restricted`.',
  }),
  egressCidrs: setting({
    name: 'NEXUS_EGRESS_CIDRS',
    schema: networkList(),
    summary:
      "Further networks that tenants' pods may speak to, on every port, separated by commas; private ones are closed to them otherwise.",
    absent: 'none',
  }),
  nodeRequests: setting({
    name: 'NEXUS_NODE_REQUESTS',
    schema: quantityPair(),
    fallback: '100m,256Mi',
    summary: 'CPU and memory that a node asks for; less where the quota is smaller.',
  }),
  quotaReserve: setting({
    name: 'NEXUS_QUOTA_RESERVE',
    schema: quantityPair(),
    fallback: '0,0',
    summary:
      "CPU and memory of a tenant's quota that its node may not use, so that other pods of the tenant find room.",
  }),
  extraLabels: setting({
    name: 'NEXUS_EXTRA_LABELS',
    schema: labelMap(),
    summary: 'Further labels of every object of a tenant, such as `team=ai,cost-centre=42`.',
    absent: 'none',
  }),
  nodeAccess: setting({
    name: 'NEXUS_NODE_ACCESS',
    schema: oneOf(['auto', 'service', 'proxy']),
    fallback: 'auto',
    summary:
      'How nodes are reached: `service` by their address in the cluster, `proxy` through the API server, `auto` by the address inside a cluster and through the API server outside.',
  }),
  apiServerCidrs: setting({
    name: 'NEXUS_API_SERVER_CIDRS',
    schema: networkList(),
    summary:
      "Addresses of the API server, which tenants' nodes let in where they are reached through it.",
    absent: 'none',
  }),
  rolloutParallel: setting({
    name: 'NEXUS_ROLLOUT_PARALLEL',
    schema: wholeNumber(1, 1000),
    fallback: '10',
    summary: 'Tenants whose node may be replaced at the same time after a change of settings.',
  }),
  deleteBurst: setting({
    name: 'NEXUS_DELETE_BURST',
    schema: wholeNumber(1, 100_000),
    fallback: '10',
    summary:
      'Tenants that may be deleted through the cluster within a minute; more wait for `nexus-admin confirm-deletions`.',
  }),
}) {}
