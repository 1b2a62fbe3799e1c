import type { ResourceKind } from './kubernetes-object.js';

export interface ResourcePlace {
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: string | undefined;
}

export type QueryValue = string | number | boolean | undefined;

/**
 * The path of a resource, or of a collection when no name is given.
 *
 * @throws Error when an object of a namespaced kind is named without its namespace, when a
 *   namespace is given for a kind that has none, and for names that would change the path
 */
export function resourcePath(kind: ResourceKind, place: ResourcePlace = {}): string {
  const { namespace, name, subresource } = place;
  checkNamespace(kind, place);
  const root = kind.group === '' ? '/api' : `/apis/${kind.group}`;
  const parts = [root, kind.version];
  if (namespace !== undefined) parts.push('namespaces', segment(namespace));
  parts.push(kind.plural);
  if (name !== undefined) parts.push(segment(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}

function checkNamespace({ namespaced, plural }: ResourceKind, { namespace, name }: ResourcePlace) {
  if (!namespaced && namespace !== undefined) {
    throw new Error(`${plural} have no namespace, but "${namespace}" was given`);
  }
  if (namespaced && name !== undefined && namespace === undefined) {
    throw new Error(`the namespace of ${plural} "${name}" is missing`);
  }
}

/** The query with its question mark; empty when no value is given. */
export function queryText(values: Readonly<Record<string, QueryValue>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function segment(name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw new Error(`"${name}" cannot be the name of a resource`);
  }
  return encodeURIComponent(name);
}
