import type { KubernetesApi } from '../../platform/kubernetes/kubernetes-api.js';
import { isNotFound } from '../../platform/kubernetes/kubernetes.errors.js';
import type {
  KubernetesObject,
  ManagedFieldsEntry,
  ObjectRef,
  ResourceKind,
} from '../../platform/kubernetes/kubernetes-object.js';
import { ORIGIN_ANNOTATION, OWNER_ANNOTATION } from '../resources/resource-names.js';
import { type Kept, RESOURCE_MANAGER } from './kept-resource.js';
import type { ResourceView } from './resource-view.js';

/** Everything that is written to resources of one kind. Each write is a request. */
export class ResourceWrites<T extends KubernetesObject> {
  constructor(
    readonly kind: ResourceKind,
    private readonly api: KubernetesApi,
    private readonly view: ResourceView<T>,
  ) {}

  /** Makes a resource, or makes it so; with a uid that very one. */
  async apply(wanted: T, uid?: string): Promise<Kept<T>> {
    const metadata = { ...wanted.metadata, ...(uid === undefined ? {} : { uid }) };
    const options = { fieldManager: RESOURCE_MANAGER };
    return this.view.wrote(await this.api.apply(this.kind, { ...wanted, metadata }, options));
  }

  /** Merges a patch into this very version of a resource. */
  async patch({ metadata }: Kept<T>, change: { metadata?: object }): Promise<Kept<T>> {
    const { uid, resourceVersion } = metadata;
    const body = { ...change, metadata: { ...change.metadata, uid, resourceVersion } };
    const options = { fieldManager: RESOURCE_MANAGER };
    return this.view.wrote(await this.api.mergePatch<T>(this.kind, metadata, body, options));
  }

  /**
   * Gives the spec up, as it stands: it is nobody's until somebody applies one, who then meets no
   * conflict with us.
   */
  async letGo({ metadata }: Kept<T>): Promise<Kept<T>> {
    const { namespace, name } = metadata;
    // What is kept of it does not tell whose fields are whose.
    const fieldSelector = `metadata.name=${name}`;
    const { items } = await this.api.list<T>(this.kind, { namespace, fieldSelector });
    const [whole] = items;
    if (whole === undefined)
      throw new Error(`${this.kind.kind} ${name} went while it was handed over`);
    const others = (whole.metadata.managedFields ?? []).filter((entry) => !isOurs(entry));
    return this.patch(whole, {
      metadata: {
        annotations: { [ORIGIN_ANNOTATION]: null, [OWNER_ANNOTATION]: null },
        // An empty list would be taken for one that was left out.
        managedFields: others.length > 0 ? others : [{}],
      },
    });
  }

  /** Writes the status of this very resource. */
  async tell({ metadata }: Kept<T>, status: object): Promise<Kept<T>> {
    const object = { metadata: { ...placeOf(metadata), uid: metadata.uid }, status };
    const options = { fieldManager: RESOURCE_MANAGER };
    return this.view.wrote(
      await this.api.applyStatus<T>(this.kind, object as unknown as T, options),
    );
  }

  /** Asks for the deletion of this very resource. */
  async remove({ metadata }: Kept<T>): Promise<void> {
    const { uid } = metadata;
    await this.api.delete(this.kind, metadata, uid === undefined ? {} : { uid });
  }

  /** Takes over that a resource is gone. */
  went(live: Kept<T>): void {
    this.view.went(live);
  }

  /**
   * Takes our finalizer off a resource that is being deleted.
   *
   * @returns whether nothing holds it any more
   */
  async release(live: Kept<T>, finalizer: string): Promise<boolean> {
    const { finalizers = [] } = live.metadata;
    const others = finalizers.filter((name) => name !== finalizer);
    if (others.length === finalizers.length) return others.length === 0;
    try {
      await this.patch(live, { metadata: { finalizers: others } });
      if (others.length > 0) return false;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    this.view.went(live);
    return true;
  }
}

function isOurs({ manager, subresource }: ManagedFieldsEntry): boolean {
  return manager === RESOURCE_MANAGER && (subresource ?? '') === '';
}

function placeOf({ namespace, name }: ObjectRef): { namespace: string; name: string } {
  return { namespace: namespace ?? '', name };
}
