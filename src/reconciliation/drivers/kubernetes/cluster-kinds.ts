import type { ResourceKind } from '../../../platform/kubernetes/kubernetes-object.js';
import { GROUP, VERSION } from '../../resources/resource-names.js';

// The kinds that we speak of to an API server.

export const NEXUS_TENANTS: ResourceKind = {
  group: GROUP,
  version: VERSION,
  plural: 'nexustenants',
  kind: 'NexusTenant',
  namespaced: true,
};

export const NEXUS_AGENTS: ResourceKind = {
  group: GROUP,
  version: VERSION,
  plural: 'nexusagents',
  kind: 'NexusAgent',
  namespaced: true,
};

export const NAMESPACE = core('namespaces', 'Namespace', false);
export const RESOURCE_QUOTA = core('resourcequotas', 'ResourceQuota');
export const LIMIT_RANGE = core('limitranges', 'LimitRange');
export const SERVICE_ACCOUNT = core('serviceaccounts', 'ServiceAccount');
export const SERVICE = core('services', 'Service');
export const SECRET = core('secrets', 'Secret');
export const POD = core('pods', 'Pod');

export const NETWORK_POLICY: ResourceKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  plural: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
};

export const DEPLOYMENT: ResourceKind = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};

/** What a tenant is made of, beside its Secret: each of these is followed and put right. */
export const OWNED_KINDS: readonly ResourceKind[] = [
  NAMESPACE,
  RESOURCE_QUOTA,
  LIMIT_RANGE,
  NETWORK_POLICY,
  SERVICE_ACCOUNT,
  SERVICE,
  DEPLOYMENT,
];

/** Whose status says how a tenant is; of every other kind only what is wanted is kept. */
export const TELLING_KINDS: readonly ResourceKind[] = [NAMESPACE, DEPLOYMENT];

function core(plural: string, kind: string, namespaced = true): ResourceKind {
  return { group: '', version: 'v1', plural, kind, namespaced };
}
