import { existsSync } from 'node:fs';
import type { NodeEndpoint } from '../../../nodes/node-access.js';
import { throughServiceProxy } from '../../../platform/kubernetes/service-proxy.js';
import { NODE_NAME, NODE_PORT } from '../../resources/resource-names.js';
import type { LiveCluster } from './cluster.js';
import { nodeEndpointOf } from './objects/node-objects.js';
import type { TenantWish } from './objects/tenant-wish.js';

/** Every pod has it, unless it was told not to; ours wants it to speak to the API server. */
const IN_CLUSTER = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** How nodes are reached: by their address in the cluster, or through the API server. */
export class NodeRoute {
  /** Whether the way leads through the API server. */
  readonly isProxied: boolean;

  constructor(private readonly cluster: LiveCluster) {
    const { nodeAccess } = cluster.settings;
    this.isProxied = nodeAccess === 'auto' ? !existsSync(IN_CLUSTER) : nodeAccess === 'proxy';
  }

  /**
   * The way to a tenant's node.
   *
   * @throws KubernetesError `Credentials` when it leads through an API server that lets us not in
   */
  async to(tenant: Pick<TenantWish, 'crName'>): Promise<NodeEndpoint> {
    if (!this.isProxied) return { url: nodeEndpointOf(tenant) };
    const place = { namespace: tenant.crName, service: NODE_NAME, port: NODE_PORT };
    const { url, headers, agent } = await throughServiceProxy(this.cluster.connection, place, '/');
    return { url: url.href.replace(/\/$/, ''), via: { headers, agent } };
  }
}
