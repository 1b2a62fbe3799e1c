import { describe, expect, it } from 'vitest';
import { nodeStateOf } from './node-state.js';
import type { DeploymentObject, PodObject } from './pod.types.js';

const metadata = { namespace: 'tenant-a', name: 'astromesh-node', uid: 'u', generation: 2 };
const available: DeploymentObject = {
  metadata,
  spec: { replicas: 1 },
  status: { observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1 },
};

function pod(restartCount: number, ready = true): PodObject {
  return { metadata, status: { containerStatuses: [{ name: 'n', ready, restartCount }] } };
}

describe('where a node stands', () => {
  it('is nowhere without a Deployment, and stopped without replicas', () => {
    expect(nodeStateOf(undefined, []).state).toBe('absent');
    expect(nodeStateOf({ ...available, spec: { replicas: 0 } }, []).state).toBe('stopped');
  });

  it('is up when its Deployment is available, known by the start of its pod', () => {
    const first = nodeStateOf(available, [pod(0)]);
    expect(first.state).toBe('up');
    expect(nodeStateOf(available, [pod(1)]).incarnation).not.toBe(first.incarnation);
  });

  it('is on its way while the status is about a former wish, or no pod is ready', () => {
    const former = { ...available, status: { ...available.status, observedGeneration: 1 } };
    expect(nodeStateOf(former, [pod(0)]).state).toBe('coming');
    expect(nodeStateOf(available, [pod(0, false)]).state).toBe('coming');
    expect(nodeStateOf(available, []).state).toBe('coming');
  });
});
