import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { NODE_PORT, POLICY_NAMES, SERVER_LABELS } from '../../../resources/resource-names.js';
import { NODE_SELECTOR } from './node-pod.js';
import { metadataIn } from './object-metadata.js';
import type { TenantWish } from './tenant-wish.js';

/** Label that every namespace has: its own name. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Private, shared and link-local networks: the cluster, its machines and their metadata service. */
const CLOSED_V4 = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
];
const CLOSED_V6 = ['fc00::/7', 'fe80::/10'];
const ANYWHERE = [
  { ipBlock: { cidr: '0.0.0.0/0', except: CLOSED_V4 } },
  { ipBlock: { cidr: '::/0', except: CLOSED_V6 } },
];

/** The fences of a tenant: nothing in or out but what is named here. */
export function networkPolicies(
  tenant: TenantWish,
  settings: ClusterTenantsConfig,
): AppliedObject[] {
  const policy = (name: string, spec: object): AppliedObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataIn(tenant, settings, name),
    spec,
  });
  return [
    policy(POLICY_NAMES.deny, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy(POLICY_NAMES.ingress, {
      podSelector: { matchLabels: NODE_SELECTOR },
      policyTypes: ['Ingress'],
      ingress: [{ from: callers(settings), ports: [{ protocol: 'TCP', port: NODE_PORT }] }],
    }),
    policy(POLICY_NAMES.egress, {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: egressRules(tenant, settings),
    }),
  ];
}

/** Who speaks to the node: the control plane, and the API server where it is the way there. */
function callers({ namespace, apiServerCidrs }: ClusterTenantsConfig): object[] {
  return [
    { namespaceSelector: named(namespace), podSelector: { matchLabels: { ...SERVER_LABELS } } },
    ...blocks(apiServerCidrs),
  ];
}

function egressRules(tenant: TenantWish, { egressCidrs }: ClusterTenantsConfig): object[] {
  const further = blocks([...new Set([...egressCidrs, ...(tenant.egressCidrs ?? [])])]);
  return [
    {
      to: [{ namespaceSelector: named('kube-system') }],
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
    { to: ANYWHERE, ports: [{ protocol: 'TCP', port: 443 }] },
    ...(further.length > 0 ? [{ to: further }] : []),
  ];
}

function named(namespace: string): object {
  return { matchLabels: { [NAMESPACE_NAME]: namespace } };
}

/** Addresses become networks of one address, which is all that a policy understands. */
function blocks(networks: readonly string[]): object[] {
  return networks.map((network) => {
    const single = network.includes(':') ? `${network}/128` : `${network}/32`;
    return { ipBlock: { cidr: network.includes('/') ? network : single } };
  });
}
