/** The provider of Kubernetes, connected to the cluster of the run. */
import { onTestFinished } from 'vitest';
import type { ClusterConnection } from '../../../src/platform/kubernetes/cluster-connection.js';
import { ClusterRequests } from '../../../src/platform/kubernetes/cluster-requests.js';
import { connectCluster } from '../../../src/platform/kubernetes/connect-cluster.js';
import { KubernetesApi } from '../../../src/platform/kubernetes/kubernetes-api.js';
import type {
  KubernetesObject,
  ResourceKind,
} from '../../../src/platform/kubernetes/kubernetes-object.js';

export const CONFIG_MAP: ResourceKind = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

export interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

export interface Connected {
  connection: ClusterConnection;
  api: KubernetesApi;
}

/** Connects by a kubeconfig until the test ends. */
export async function connected(kubeconfig: string): Promise<Connected> {
  const connection = await connectCluster({ kubeconfig: [kubeconfig] });
  onTestFinished(() => connection.close());
  const api = new KubernetesApi(new ClusterRequests(connection), 'nexus-test');
  return { connection, api };
}
