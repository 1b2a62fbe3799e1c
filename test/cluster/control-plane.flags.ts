/** The command lines of a control plane. */

/** Where the programs of one control plane listen and read. */
export interface Places {
  folder: string;
  auditLog: string;
  ports: { etcd: number; peer: number; apiserver: number };
}

/** By their full names: the short ones are refused. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  // The API server's service proxy still reads Endpoints.
  'endpoints-controller',
  'endpointslice-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'resourcequota-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
  'job-controller',
  'cronjob-controller',
  'ttl-after-finished-controller',
  'root-ca-certificate-publisher-controller',
  'disruption-controller',
  'clusterrole-aggregation-controller',
  'pod-garbage-collector-controller',
];
const WORKERS = 20;
const CONCURRENT = [
  'deployment',
  'replicaset',
  'endpoint',
  'service-endpoint',
  'namespace',
  'gc',
  'resource-quota',
  'serviceaccount-token',
  'job',
];

/** Of etcd: its data need not survive a power cut. */
export function etcdFlags({ folder, ports }: Places): string[] {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  return [
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=4294967296',
    '--log-level=warn',
  ];
}

/** Of the API server: RBAC, admission, an audit log, and certificates both ways with kubelets. */
export function apiserverFlags({ folder, auditLog, ports }: Places): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${ports.apiserver}`,
    '--endpoint-reconciler-type=none',
    `--cert-dir=${folder}`,
    `--client-ca-file=${folder}/ca.crt`,
    `--tls-cert-file=${folder}/server.crt`,
    `--tls-private-key-file=${folder}/server.key`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${folder}/tokens.pub`,
    `--service-account-signing-key-file=${folder}/tokens.key`,
    '--service-cluster-ip-range=10.0.0.0/16',
    '--authorization-mode=RBAC',
    '--enable-admission-plugins=PodSecurity,ResourceQuota,LimitRanger,ServiceAccount,NamespaceLifecycle',
    `--kubelet-client-certificate=${folder}/apiserver-client.crt`,
    `--kubelet-client-key=${folder}/apiserver-client.key`,
    '--kubelet-preferred-address-types=InternalIP',
    `--audit-policy-file=${folder}/audit-policy.json`,
    `--audit-log-path=${auditLog}`,
    // Nothing of a run may be rotated away.
    '--audit-log-maxsize=4096',
    '--profiling=false',
  ];
}

/**
 * Of the controller-manager. Its own client may do 20 requests a second by default, which would be
 * what is measured.
 */
export function managerFlags({ folder }: Places): string[] {
  return [
    `--kubeconfig=${folder}/controller-manager.kubeconfig`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${folder}/tokens.key`,
    `--root-ca-file=${folder}/ca.crt`,
    `--controllers=${CONTROLLERS.join(',')}`,
    '--kube-api-qps=2000',
    '--kube-api-burst=4000',
    // A quota on a kind that is new is counted at the next of these; five minutes by default.
    '--resource-quota-sync-period=5s',
    ...CONCURRENT.map((kind) => `--concurrent-${kind}-syncs=${WORKERS}`),
  ];
}
