/** Types of `cluster-binaries.mjs`, for the tests that use it. */

export type BinaryName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kubectl'
  | 'helm'
  | 'helm3'
  | 'kubeconform'
  | 'kubelet'
  | 'kube-proxy'
  | 'kube-scheduler'
  | 'netpol'
  | 'pause'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'ctr'
  | 'coredns';

export const CONTROL_PLANE: readonly BinaryName[];

export const MACHINE: readonly BinaryName[];

export function findBinaries<Name extends BinaryName>(
  names: readonly Name[],
): Promise<Record<Name, string>>;

export function pinnedVersion(
  module: 'etcd' | 'kubernetes' | 'helm' | 'helm3' | 'node' | 'containerd' | 'coredns',
): string;
