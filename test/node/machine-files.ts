/** The files that the programs of a machine read: container runtime, network, kubelet, proxy. */
import { stringify } from 'yaml';
import { imageName } from '../../scripts/image/images.mjs';
import { ADDRESS, DNS_SERVICE, MACHINE, PODS, type Places } from './places.js';

const KUBELET_PORT = 10_250;
/** Debian's package containernetworking-plugins. */
const PLUGINS = '/usr/lib/cni';

/** Their contents by their names below the machine's folder. */
export function machineFiles(places: Places): Record<string, string> {
  return {
    'containerd.toml': runtime(places),
    'network/10-pods.conflist': JSON.stringify(network(places)),
    'kubelet.yaml': stringify(kubelet(places)),
    'proxy.yaml': stringify(proxy(places)),
    // What pods that do not ask the cluster's DNS server would ask; there is nothing outside.
    'resolv.conf': 'nameserver 127.0.0.1\n',
  };
}

function runtime({ at }: Places): string {
  const runc = `plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc`;
  return [
    'version = 3',
    `root = "${at('containerd')}"`,
    `state = "${at('containerd-state')}"`,
    'disabled_plugins = ["io.containerd.grpc.v1.tracing", "io.containerd.nri.v1.nri"]',
    '[grpc]',
    `address = "${at('containerd.sock')}"`,
    '[ttrpc]',
    `address = "${at('containerd.sock.ttrpc')}"`,
    '[plugins."io.containerd.cri.v1.images".pinned_images]',
    `sandbox = "${imageName('pause')}"`,
    '[plugins."io.containerd.cri.v1.runtime"]',
    // This process may not make others less likely to be killed than it is itself.
    'restrict_oom_score_adj = true',
    'netns_mounts_under_state_dir = true',
    '[plugins."io.containerd.cri.v1.runtime".cni]',
    `bin_dirs = ["${PLUGINS}"]`,
    `conf_dir = "${at('network')}"`,
    '[plugins."io.containerd.cri.v1.runtime".containerd]',
    'default_runtime_name = "runc"',
    `[${runc}]`,
    'runtime_type = "io.containerd.runc.v2"',
    `[${runc}.options]`,
    'BinaryName = "/usr/sbin/runc"',
    'SystemdCgroup = false',
    '',
  ].join('\n');
}

function network({ at }: Places): object {
  const ipam = { type: 'host-local', dataDir: at('addresses'), ranges: [[{ subnet: PODS }]] };
  const bridge = {
    type: 'bridge',
    bridge: 'nexus-pods',
    isGateway: true,
    isDefaultGateway: true,
    hairpinMode: true,
    ipMasq: false,
    ipam,
  };
  const ports = { type: 'portmap', capabilities: { portMappings: true } };
  return { cniVersion: '1.0.0', name: 'pods', plugins: [bridge, ports] };
}

function kubelet({ at }: Places): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: ADDRESS,
    port: KUBELET_PORT,
    readOnlyPort: 0,
    healthzPort: 0,
    tlsCertFile: at('kubelet-server.crt'),
    tlsPrivateKeyFile: at('kubelet-server.key'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: at('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    // Machines of tests may have the older control groups, and swap.
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    containerRuntimeEndpoint: `unix://${at('containerd.sock')}`,
    podLogsDir: at('pod-logs'),
    clusterDNS: [DNS_SERVICE],
    clusterDomain: 'cluster.local',
    resolvConf: at('resolv.conf'),
    seccompDefault: true,
    oomScoreAdj: 0,
    maxPods: 100,
    // Disk and memory are those of the whole machine, which others fill as well.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
    },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    nodeStatusUpdateFrequency: '5s',
    // What a test changes in a Secret or ConfigMap is there at once.
    syncFrequency: '10s',
  };
}

function proxy({ at }: Places): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: MACHINE,
    bindAddress: '0.0.0.0',
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    clusterCIDR: PODS,
    oomScoreAdj: 0,
    clientConnection: { kubeconfig: at('proxy.kubeconfig') },
    // Its size belongs to the whole machine.
    conntrack: { maxPerCore: 0, min: 0 },
    nodePortAddresses: [`${ADDRESS}/32`],
  };
}
