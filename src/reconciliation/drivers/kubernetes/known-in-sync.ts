import type { ClusterTenantsConfig } from '../../../config/cluster-tenants.config.js';
import type { KubernetesObject } from '../../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { appliedObjects } from './applied-objects.js';
import type { TenantWish } from './objects/tenant-wish.js';
import { type ObjectDifference, tenantDifferences } from './tenant-differences.js';

/** The objects of a tenant, as they were made for a wish. */
interface Made {
  wish: string;
  objects: readonly AppliedObject[];
}

/**
 * Compares tenants with what is known of the cluster, and remembers which objects were in sync with
 * which: a tenant is looked at whenever anything of it changes, and most of it has not.
 */
export class KnownInSync {
  private readonly made = new Map<string, Made>();
  /** By the live object: one that changed is another one. */
  private readonly inSync = new WeakMap<KubernetesObject, AppliedObject>();

  constructor(private readonly settings: ClusterTenantsConfig) {}

  /**
   * @param objects those that a wish is made of, or others in their place
   * @param find the live object that an applied one is about
   */
  differences(
    objects: readonly AppliedObject[],
    find: (applied: AppliedObject) => KubernetesObject | undefined,
  ): ObjectDifference[] {
    return objects.flatMap((applied) => {
      const live = find(applied);
      if (live !== undefined && this.inSync.get(live) === applied) return [];
      const differences = tenantDifferences([applied], () => live);
      if (live !== undefined && differences.length === 0) this.inSync.set(live, applied);
      return differences;
    });
  }

  forget(tenantId: string): void {
    this.made.delete(tenantId);
  }

  /** The objects of a wish, the same ones for the same wish. */
  objectsOf(wish: TenantWish): readonly AppliedObject[] {
    const text = JSON.stringify(wish);
    const known = this.made.get(wish.id);
    if (known?.wish === text) return known.objects;
    const objects = appliedObjects(wish, this.settings);
    this.made.set(wish.id, { wish: text, objects });
    return objects;
  }
}
