import type {
  KubernetesObject,
  ResourceKind,
} from '../../../platform/kubernetes/kubernetes-object.js';
import { TELLING_KINDS } from './cluster-kinds.js';
import type { PodObject } from './pod.types.js';

// What is kept of the objects that are followed: no more than is compared or told, for there are
// ten of them a tenant.

/** Written by `kubectl apply`; as large as the object, and compared by nobody. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What is kept of an owned object. The items of a list come without their kind. */
export function keptObject<T extends KubernetesObject>(kind: ResourceKind, object: T): T {
  const kept = { ...object } as T & { status?: unknown };
  if (!TELLING_KINDS.includes(kind)) delete kept.status;
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  const { [LAST_APPLIED]: __, ...others } = annotations ?? {};
  kept.metadata = { ...metadata, ...(annotations === undefined ? {} : { annotations: others }) };
  return kept;
}

/** What is kept of a pod: where it stands, and why. */
export function keptPod({ metadata, status }: PodObject): PodObject {
  const { name, namespace, uid, resourceVersion, labels, creationTimestamp, deletionTimestamp } =
    metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    ...(status === undefined ? {} : { status: keptStatus(status) }),
  };
}

function keptStatus(status: NonNullable<PodObject['status']>): PodObject['status'] {
  const { phase, reason, message, conditions, containerStatuses } = status;
  return {
    ...(phase === undefined ? {} : { phase }),
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    conditions: (conditions ?? []).filter(({ type }) => type === 'PodScheduled'),
    containerStatuses: (containerStatuses ?? []).map(
      ({ name, ready, restartCount, state, lastState }) => ({
        name,
        ready,
        restartCount,
        ...(state === undefined ? {} : { state }),
        ...(lastState === undefined ? {} : { lastState }),
      }),
    ),
  };
}
