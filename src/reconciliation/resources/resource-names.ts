// Every name that we write into a cluster for others to read (contracts: labels, annotations,
// finalizers, field managers). One that is changed here is another one for every cluster out there.

export const GROUP = 'nexus.astromesh.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On every object of ours. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'nexus';
export const INSTALL_LABEL = `${GROUP}/install-id`;
export const TENANT_LABEL = `${GROUP}/tenant-id`;
/** On the namespaces of tenants. */
export const MANAGED_LABEL = `${GROUP}/managed`;
/** On the namespace of a protected tenant, where the admission policy looks for it. */
export const PROTECTED_LABEL = `${GROUP}/deletion-protection`;

/** The door that made a resource: on those that came through the API. */
export const ORIGIN_ANNOTATION = `${GROUP}/origin`;
export const TENANT_ID_ANNOTATION = `${GROUP}/tenant-id`;
/** E-mail address of the tenant's first owner. */
export const OWNER_ANNOTATION = `${GROUP}/owner`;
/** On a NexusTenant: further networks that its pods may speak to, separated by commas. */
export const EGRESS_ANNOTATION = `${GROUP}/egress-cidrs`;
/** On a NexusTenant: the Secret of its variables was made by us. */
export const SECRET_ANNOTATION = `${GROUP}/node-env-secret`;
/** From the variables in the record. */
export const SECRET_MADE = 'made';
/** From those of a record that is lost: it stays as it is until variables are set anew. */
export const SECRET_OF_BEFORE = 'of-before';
/** On the pods of a node: changes with the variables, so that the node is made anew. */
export const VARIABLES_ANNOTATION = `${GROUP}/variables`;

export const TENANT_FINALIZER = `${GROUP}/tenant-cleanup`;
export const AGENT_FINALIZER = `${GROUP}/agent-cleanup`;

/** Deployment, Service, ServiceAccount and container of a tenant's node. */
export const NODE_NAME = 'astromesh-node';
export const NODE_SECRET = 'astromesh-node-env';
export const NODE_PORT = 8000;
export const QUOTA_NAME = 'nexus-quota';
export const LIMITS_NAME = 'nexus-limits';
export const POLICY_NAMES = {
  deny: 'nexus-default-deny',
  ingress: 'nexus-from-control-plane',
  egress: 'nexus-egress',
} as const;

/** Labels of the control plane's own pods, which its tenants let in. */
export const SERVER_LABELS = {
  'app.kubernetes.io/name': 'nexus',
  'app.kubernetes.io/component': 'server',
} as const;
