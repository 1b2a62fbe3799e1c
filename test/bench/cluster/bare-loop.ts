/**
 * The yardstick: what a tenant is made of, applied by a plain client and nothing more, on a control
 * plane of its own. Its pods stay pending.
 */
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { tenantObjects } from '../../../src/reconciliation/drivers/kubernetes/objects/tenant-objects.js';
import { POLICY_NAMES } from '../../../src/reconciliation/resources/resource-names.js';
import { ControlPlane } from '../../cluster/control-plane.js';
import type { KubeObject } from '../../cluster/kube-objects.types.js';
import { Mirror } from '../../cluster/mirror.js';
import { applyDefinitions } from '../../cluster/resources/definitions.js';
import { clusterSettings, tenantWish } from '../../support/tenant-wish.js';
import { atOnce } from '../caller.js';

const AT_ONCE = 16;
const REPLICA_SETS = '/apis/apps/v1/replicasets';

interface ReplicaSet extends KubeObject {
  status?: { replicas?: number };
}

/** @returns tenants per second, until the ReplicaSet of each counts its pod */
export async function bareLoop(tenants: number): Promise<number> {
  const plane = await ControlPlane.start();
  try {
    await applyDefinitions(plane.admin);
    const counted = new Counted();
    const mirror = new Mirror<ReplicaSet>(plane.admin, REPLICA_SETS, (set) => counted.see(set));
    await mirror.ready;
    const startedMs = performance.now();
    await atOnce(AT_ONCE, tenants, async (n) => {
      const crName = `bare-${n}`;
      for (const object of sevenObjects(crName)) await plane.admin.apply(object);
      await counted.of(crName);
    });
    const tookS = (performance.now() - startedMs) / 1000;
    await mirror.stop();
    return tenants / tookS;
  } finally {
    await plane.stop();
  }
}

/** One of each kind: of the network policies the first alone. */
function sevenObjects(crName: string): AppliedObject[] {
  const settings = clusterSettings();
  const all = tenantObjects(tenantWish({ crName }), settings);
  const isKept = ({ kind, metadata: { name } }: AppliedObject): boolean =>
    kind !== 'NetworkPolicy' || name === POLICY_NAMES.deny;
  return all.filter(isKept);
}

/** Namespaces whose ReplicaSet counts its pod, and who waits for one. */
class Counted {
  private readonly there = new Set<string>();
  private readonly waiting = new Map<string, () => void>();

  see({ metadata: { namespace = '' }, status }: ReplicaSet): void {
    if ((status?.replicas ?? 0) === 0) return;
    this.there.add(namespace);
    this.waiting.get(namespace)?.();
  }

  of(namespace: string): Promise<void> {
    if (this.there.has(namespace)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(namespace, resolve));
  }
}
