import { isAlreadyExists } from '../../../platform/kubernetes/kubernetes.errors.js';
import type {
  KubernetesObject,
  ResourceKind,
} from '../../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { DriverRefusal } from '../driver.js';
import type { WriteOptions } from '../../../platform/kubernetes/kubernetes-api.js';
import { callOf } from './call.js';
import { refusalOf } from './cluster-refusal.js';
import type { LiveCluster } from './cluster.js';
import { NAMESPACE, OWNED_KINDS } from './cluster-kinds.js';
import { isOurs } from './namespace-state.js';
import { installIdOf } from './objects/object-metadata.js';
import { repairsOf } from './objects/in-sync.js';
import type { TenantWish } from './objects/tenant-wish.js';
import type { NamespaceObject } from './pod.types.js';
import type { ObjectDifference } from './tenant-differences.js';

/** Whose fields the objects of a tenant are. */
export const TENANT_MANAGER = 'nexus-tenant-controller';
/** A foreign namespace rarely goes by itself. */
const TAKEN_RETRY_MS = 60_000;

/** Puts objects of a tenant right, one by one. */
export class ObjectWriter {
  /** Uids of namespaces that were seen with all of our labels, by name. */
  private readonly known = new Map<string, string>();

  constructor(private readonly cluster: LiveCluster) {}

  /** Remembers that a namespace is ours, whatever becomes of its labels. */
  remember(namespace: NamespaceObject): void {
    const { name, uid } = namespace.metadata;
    if (uid !== undefined) this.known.set(name, uid);
  }

  forget(name: string): void {
    this.known.delete(name);
  }

  /** Whether a namespace of a tenant's name is ours. */
  owns(namespace: NamespaceObject, tenant: Pick<TenantWish, 'id'>): boolean {
    const { name, uid } = namespace.metadata;
    const { settings } = this.cluster;
    return this.known.get(name) === uid || isOurs(namespace, tenant, installIdOf(settings));
  }

  /**
   * Makes one object as it is wanted.
   *
   * @returns the object as it is now
   * @throws DriverRefusal, or an error that is transient
   */
  async write(
    difference: ObjectDifference,
    tenant: Pick<TenantWish, 'id'>,
    signal?: AbortSignal,
  ): Promise<KubernetesObject> {
    const { kind, metadata } = difference.applied;
    try {
      return await this.writeOne(difference, tenant, {
        ...callOf(signal),
        fieldManager: TENANT_MANAGER,
      });
    } catch (error) {
      throw refusalOf(error, `write ${kind} ${metadata.name}`);
    }
  }

  private async writeOne(
    { applied, live }: ObjectDifference,
    tenant: Pick<TenantWish, 'id'>,
    options: WriteOptions,
  ): Promise<KubernetesObject> {
    const { api } = this.cluster;
    const kind = kindOf(applied);
    const isNew = live === undefined && kind === NAMESPACE;
    const made = isNew ? await this.claim(applied, tenant, options) : undefined;
    const repairs = live === undefined ? [] : repairsOf(live, applied);
    if (repairs.length > 0) {
      await api.jsonPatch(kind, applied.metadata, repairs, options);
    }
    const written: KubernetesObject = made ?? (await api.apply(kind, applied, options));
    this.cluster.of(applied.kind).wrote(written);
    if (kind === NAMESPACE) this.remember(written);
    return written;
  }

  /**
   * Makes a namespace that must not be there yet: applying would take one of somebody else over.
   *
   * @returns undefined when it is there and is ours all the same
   */
  private async claim(
    applied: AppliedObject,
    tenant: Pick<TenantWish, 'id'>,
    options: WriteOptions,
  ): Promise<KubernetesObject | undefined> {
    const { api } = this.cluster;
    const { name } = applied.metadata;
    try {
      return await api.create(NAMESPACE, applied, options);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const found = await api.find<NamespaceObject>(NAMESPACE, { name });
      if (found === undefined || this.owns(found, tenant)) return undefined;
      const message = `The namespace ${name} is there already and was not made by this install; it is left alone. Delete it, or give the tenant another name.`;
      throw new DriverRefusal('NamespaceTaken', message, TAKEN_RETRY_MS);
    }
  }
}

/** The kind of an object that tenants are made of. */
function kindOf({ kind }: AppliedObject): ResourceKind {
  const found = OWNED_KINDS.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`tenants are not made of a ${kind}`);
  return found;
}
