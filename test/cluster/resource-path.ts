import type { Manifest } from './kube-objects.types.js';

/** Kinds that belong to no namespace. */
const CLUSTER_WIDE = new Set([
  'APIService',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);
/** Plurals that are not made by a rule. */
const PLURALS: Readonly<Record<string, string>> = { Endpoints: 'endpoints' };

/**
 * The path of an object in the API, from what its manifest says.
 *
 * @param subresource for example `status`
 */
export function resourcePath(manifest: Manifest, subresource?: string): string {
  const { apiVersion, kind, metadata } = manifest;
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = CLUSTER_WIDE.has(kind) ? '' : `/namespaces/${metadata.namespace ?? 'default'}`;
  const path = `${root}${namespace}/${pluralOf(kind)}/${metadata.name}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  if (PLURALS[kind] !== undefined) return PLURALS[kind];
  if (/(s|x|ch)$/.test(word)) return `${word}es`;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
