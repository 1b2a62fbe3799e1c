import type { ClusterConnection } from './cluster-connection.js';
import type { ClusterSource } from './cluster-source.js';

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
