import type { KubernetesObject } from '../../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { inSync } from './objects/in-sync.js';

/** One object of a tenant that is not as it is wanted. */
export interface ObjectDifference {
  readonly applied: AppliedObject;
  /** Undefined when there is none of ours. */
  readonly live: KubernetesObject | undefined;
  /** Paths of its fields; empty when the whole object is missing. */
  readonly paths: readonly string[];
}

/**
 * Compares all objects of a tenant with what is known of the cluster. Pure.
 *
 * @param find the live object that an applied one is about
 */
export function tenantDifferences(
  objects: readonly AppliedObject[],
  find: (applied: AppliedObject) => KubernetesObject | undefined,
): ObjectDifference[] {
  return objects.flatMap((applied): ObjectDifference[] => {
    const live = find(applied);
    if (live === undefined) return [{ applied, live, paths: [] }];
    const paths = inSync(live, applied);
    return paths.length === 0 ? [] : [{ applied, live, paths }];
  });
}

/** What differs, for people: `Deployment astromesh-node: spec.replicas`. */
export function fieldsOf({ applied, paths }: ObjectDifference): string[] {
  const name = `${applied.kind} ${applied.metadata.name}`;
  return paths.length === 0 ? [name] : paths.map((path) => `${name}: ${path}`);
}
