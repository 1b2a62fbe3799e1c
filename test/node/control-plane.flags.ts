/** The command lines of the machine's control plane: all controllers, for all of them have work. */
import { ADDRESS, API_PORT, ETCD, ETCD_PEER, PODS, type Places, SERVICES } from './places.js';

export function etcdFlags({ at }: Places): string[] {
  return [
    `--data-dir=${at('etcd')}`,
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    `--listen-peer-urls=${ETCD_PEER}`,
    `--initial-advertise-peer-urls=${ETCD_PEER}`,
    `--initial-cluster=default=${ETCD_PEER}`,
    // Its data need not survive a power cut.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** Kubelets may do what is theirs alone, and are spoken to over TLS both ways. */
export function apiserverFlags({ at }: Places): string[] {
  return [
    `--etcd-servers=${ETCD}`,
    `--bind-address=${ADDRESS}`,
    `--advertise-address=${ADDRESS}`,
    `--secure-port=${API_PORT}`,
    `--cert-dir=${at('apiserver')}`,
    `--client-ca-file=${at('ca.crt')}`,
    `--tls-cert-file=${at('server.crt')}`,
    `--tls-private-key-file=${at('server.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${at('tokens.pub')}`,
    `--service-account-signing-key-file=${at('tokens.key')}`,
    `--service-cluster-ip-range=${SERVICES}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=PodSecurity,ResourceQuota,LimitRanger,ServiceAccount,NamespaceLifecycle,NodeRestriction',
    '--allow-privileged=true',
    `--kubelet-client-certificate=${at('apiserver-client.crt')}`,
    `--kubelet-client-key=${at('apiserver-client.key')}`,
    `--kubelet-certificate-authority=${at('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--profiling=false',
  ];
}

export function managerFlags({ at }: Places): string[] {
  return [
    `--kubeconfig=${at('controller-manager.kubeconfig')}`,
    '--secure-port=0',
    '--leader-elect=false',
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${at('tokens.key')}`,
    `--root-ca-file=${at('ca.crt')}`,
    `--cluster-cidr=${PODS}`,
    '--allocate-node-cidrs=false',
    // A quota on a kind that is new is counted at the next of these; five minutes by default.
    '--resource-quota-sync-period=5s',
    // So is a volume for a claim that came before the volume was found to be free; 15 s by default.
    '--pvclaimbinder-sync-period=1s',
  ];
}

export function schedulerFlags({ at }: Places): string[] {
  return [`--kubeconfig=${at('scheduler.kubeconfig')}`, '--secure-port=0', '--leader-elect=false'];
}
