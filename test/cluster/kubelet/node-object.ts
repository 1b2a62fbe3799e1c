import type { ApiClient } from '../api-client.js';
import { resourcePath } from '../resource-path.js';

/**
 * Registers the Node of a kubelet, ready for work; the API server asks its address for logs.
 *
 * @throws ApiRefusal when the server does not take it
 */
export async function registerNode(
  api: ApiClient,
  { name, address, port }: { name: string; address: string; port: number },
): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
  const at = new Date().toISOString();
  const capacity = { cpu: '64', memory: '256Gi', pods: '4000' };
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'The harness plays a kubelet',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
  };
  await api.apply(node);
  await api.patch(resourcePath(node, 'status'), {
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      conditions: [ready],
    },
  });
}
