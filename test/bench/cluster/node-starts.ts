/** When the nodes of tenants began and were up, as the API server told: that time is not ours. */
import type { ApiClient } from '../../cluster/api-client.js';
import type { KubeObject } from '../../cluster/kube-objects.types.js';
import { Mirror } from '../../cluster/mirror.js';

const DEPLOYMENTS = '/apis/apps/v1/deployments';

interface Deployment extends KubeObject {
  status?: { availableReplicas?: number };
}

interface Times {
  /** When its Deployment was seen first. */
  beganMs: number;
  /** When that was available. */
  upMs: number;
}

/** Watches them until it is stopped. */
export class NodeStarts {
  private readonly times = new Map<string, Times>();
  private readonly mirror: Mirror<Deployment>;

  private constructor(api: ApiClient) {
    this.mirror = new Mirror<Deployment>(api, DEPLOYMENTS, (one) => this.see(one));
  }

  static async watch(api: ApiClient): Promise<NodeStarts> {
    const starts = new NodeStarts(api);
    await starts.mirror.ready;
    return starts;
  }

  /** Milliseconds from the Deployment of a namespace to the moment at which it was available. */
  tookMs(namespace: string): number {
    const { beganMs, upMs } = this.times.get(namespace) ?? { beganMs: Number.NaN, upMs: 0 };
    return upMs - beganMs;
  }

  stop(): Promise<void> {
    return this.mirror.stop();
  }

  private see({ metadata: { namespace = '' }, status }: Deployment): void {
    const nowMs = performance.now();
    const times = this.times.get(namespace) ?? { beganMs: nowMs, upMs: Number.NaN };
    if ((status?.availableReplicas ?? 0) > 0 && Number.isNaN(times.upMs)) times.upMs = nowMs;
    this.times.set(namespace, times);
  }
}
