import type { ClusterConnection } from './cluster-connection.js';

/** Where the way to a cluster is written. */
export interface ClusterSource {
  /**
   * Kubeconfig files, of which the first says what is current. Without any: the service account of
   * the pod that this runs in, else `~/.kube/config`.
   */
  readonly kubeconfig?: readonly string[];
  /** A context of the kubeconfig; its current one when left out. */
  readonly context?: string | undefined;
}

/**
 * The way to a cluster. What reads kubeconfigs takes some 85 MB of memory, so it is loaded by those
 * alone who call this.
 *
 * @throws Error that says what is missing
 */
export async function connectCluster(source: ClusterSource = {}): Promise<ClusterConnection> {
  const { KubeconfigConnection } = await import('./kubeconfig-connection.js');
  return new KubeconfigConnection(source);
}
