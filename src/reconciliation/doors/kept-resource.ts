import type {
  KubernetesObject,
  ManagedFieldsEntry,
} from '../../platform/kubernetes/kubernetes-object.js';
import { ORIGIN_ANNOTATION } from '../resources/resource-names.js';

/** Who writes the resources, for the API server's record of whose fields are whose. */
export const RESOURCE_MANAGER = 'nexus-resources';

/** Written by `kubectl apply`; as large as the object, and compared by nobody. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Of a spec that nobody is named for. */
const NOBODY = 'unknown';

/** What is told by the fields' managers, who are not kept. */
export interface KnownManagers {
  /** Whoever else wrote of the spec last; undefined when it is all ours. */
  readonly specManager?: string | undefined;
  /** Whether fields of the spec are ours. */
  readonly isSpecOurs?: boolean | undefined;
}

/** A resource as it is kept. */
export type Kept<T extends KubernetesObject> = T & KnownManagers;

/** What is kept of a resource as the API server gave it. */
export function keptResource<T extends KubernetesObject>(object: T): Kept<T> {
  const { managedFields = [], annotations, ...metadata } = object.metadata;
  const { [LAST_APPLIED]: _, ...others } = annotations ?? {};
  const owners = managedFields.filter(ownsSpec);
  const foreign = owners.filter(({ manager }) => manager !== RESOURCE_MANAGER);
  return {
    ...object,
    metadata: { ...metadata, ...(annotations === undefined ? {} : { annotations: others }) },
    specManager: latest(foreign)?.manager,
    isSpecOurs: owners.length > foreign.length,
  };
}

/** Whether an entry is one of the spec, rather than of the status or of metadata alone. */
function ownsSpec({ subresource, fieldsV1 }: ManagedFieldsEntry): boolean {
  if (subresource !== undefined && subresource !== '') return false;
  return typeof fieldsV1 === 'object' && fieldsV1 !== null && 'f:spec' in fieldsV1;
}

function latest(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry | undefined {
  return entries.toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? ''))[0];
}

/** Who manages the spec, for people; `before` when nobody is named any more. */
export function managerOf({ specManager }: KnownManagers, before?: string | null): string {
  return specManager ?? before ?? NOBODY;
}

/** The door that a resource says it came through. */
export function originOf({ metadata }: KubernetesObject): 'api' | 'cluster' {
  return metadata.annotations?.[ORIGIN_ANNOTATION] === 'api' ? 'api' : 'cluster';
}

/** Whether somebody has asked for its deletion. */
export function isDeleting({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
