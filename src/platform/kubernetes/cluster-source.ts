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
