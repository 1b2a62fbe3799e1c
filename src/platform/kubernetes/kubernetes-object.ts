/** A kind of resource, as the API server's paths and manifests name it. */
export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** As in paths, for example `deployments`. */
  readonly plural: string;
  /** As in manifests, for example `Deployment`. */
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Where an object is; `namespace` only for kinds that have one. */
export interface ObjectRef {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  subresource?: string;
  time?: string;
  fieldsV1?: unknown;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any object of the API; a kind's own interface extends it with `spec`, `status` and the like. */
export interface KubernetesObject {
  /** Items of a list come without it, and without `kind`. */
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface ListMeta {
  resourceVersion?: string;
  /** More pages follow; given back as it is. */
  continue?: string;
  remainingItemCount?: number;
}

export interface KubernetesList<T extends KubernetesObject> {
  metadata: ListMeta;
  items: T[];
}

/** `v1` or `group/version`. */
export function apiVersionOf({ group, version }: ResourceKind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `namespace/name`, or the name alone of what has no namespace: the key of stores and queues. */
export function keyOf({ metadata }: KubernetesObject): string {
  return objectKey(metadata);
}

/** As `keyOf`, of a reference. */
export function objectKey({ namespace, name }: ObjectRef): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The way back from `objectKey`. */
export function refOfKey(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
