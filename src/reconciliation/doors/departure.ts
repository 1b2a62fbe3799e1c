import type { KubernetesApi } from '../../platform/kubernetes/kubernetes-api.js';
import type {
  KubernetesObject,
  ResourceKind,
} from '../../platform/kubernetes/kubernetes-object.js';

const DEFINITION: ResourceKind = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const NAMESPACE: ResourceKind = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

/** It is gone, and nobody knows what with. */
export const VANISHED = 'it vanished with what it was in';

/**
 * Tells a deletion that is meant from one that goes with something else (`contracts/kubernetes.md`,
 * Deletion). What the resource goes with was marked before it was, so a look now is late enough.
 *
 * @returns why it is no intent, for people; undefined when that very object was deleted
 */
export async function lossOf(
  api: KubernetesApi,
  kind: ResourceKind,
  { metadata: { namespace = '', name, uid } }: KubernetesObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const definition = `${kind.plural}.${kind.group}`;
  if (await isGoing(api, DEFINITION, definition, signal)) {
    return `the definition ${definition} is being deleted`;
  }
  if (await isGoing(api, NAMESPACE, namespace, signal)) {
    return `the namespace ${namespace} is being deleted`;
  }
  // Last, because what it went with may be back already: then it is not there any more.
  const { items } = await api.list(kind, {
    namespace,
    fieldSelector: `metadata.name=${name}`,
    signal,
  });
  return items.some(({ metadata }) => metadata.uid === uid) ? undefined : VANISHED;
}

async function isGoing(
  api: KubernetesApi,
  kind: ResourceKind,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await api.find(kind, { name }, { signal });
  return found === undefined || found.metadata.deletionTimestamp !== undefined;
}
