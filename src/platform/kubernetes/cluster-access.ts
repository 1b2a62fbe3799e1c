import type { ClusterConnection } from './cluster-connection.js';
import { ClusterRequests } from './cluster-requests.js';
import type { ClusterSource } from './cluster-source.js';
import { connectCluster } from './connect-cluster.js';
import { KubernetesApi } from './kubernetes-api.js';
import type { Reachability } from './reachability.js';
import type { RequestObserver } from './request-observer.js';

/** What speaks to one cluster. */
export interface ClusterAccess {
  readonly connection: ClusterConnection;
  readonly api: KubernetesApi;
  readonly reach: Reachability;
}

export interface AccessOptions {
  readonly source: ClusterSource;
  /** The manager of fields that are written without naming one, and who the audit log names. */
  readonly name: string;
  readonly observer: RequestObserver;
  /** How long a request may take. */
  readonly deadlineMs: number;
  /** Makes the connection; `connectCluster` when left out. */
  readonly connect?: ((source: ClusterSource) => Promise<ClusterConnection>) | undefined;
}

/**
 * Opens the way to a cluster. Nothing is asked of it yet: it may be away.
 *
 * @throws Error that says what is missing, when the source does not lead to one
 */
export async function openCluster({
  source,
  name,
  observer,
  deadlineMs,
  connect = connectCluster,
}: AccessOptions): Promise<ClusterAccess> {
  const connection = await connect(source);
  const requests = new ClusterRequests(connection, { observer, deadlineMs, userAgent: name });
  return { connection, api: new KubernetesApi(requests, name), reach: requests.reach };
}
