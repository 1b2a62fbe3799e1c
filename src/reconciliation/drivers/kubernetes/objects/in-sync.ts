import type { KubernetesObject } from '../../../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { type Difference, differences } from './drift.js';

/** One step of a JSON patch (RFC 6902). */
export interface JsonPatchOperation {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/**
 * The fields in which a live object is not what we apply; empty means in sync, and that nothing is
 * to be written. Paths are for people: they stand in Events and conditions.
 */
export function inSync(live: KubernetesObject, applied: AppliedObject): string[] {
  return differences(live, applied).map(({ path }) => path);
}

/**
 * The JSON patch that puts a live object right where server-side apply cannot: it leaves what
 * somebody has added, and an addition may make what is applied invalid. Empty when applying is
 * enough. The patch holds for this very version of the object alone (the API server answers 409
 * otherwise), and is followed by an apply, so that the fields are ours again.
 */
export function repairsOf(live: KubernetesObject, applied: AppliedObject): JsonPatchOperation[] {
  const found = differences(live, applied);
  const removals = found.filter(({ change }) => change === 'remove');
  if (removals.length === 0) return [];
  const changes = found.filter(({ change }) => change !== 'remove');
  const { resourceVersion } = live.metadata;
  return [
    ...(resourceVersion === undefined
      ? []
      : [{ op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion } as const]),
    ...changes.map(stepOf),
    // From the end, so that the positions of what is left stay true.
    ...removals.toReversed().map(stepOf),
  ];
}

function stepOf({ change, pointer, value }: Difference): JsonPatchOperation {
  return change === 'remove' ? { op: change, path: pointer } : { op: change, path: pointer, value };
}
