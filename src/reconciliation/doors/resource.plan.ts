import { differences, type Difference } from '../drivers/kubernetes/objects/drift.js';
import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../resources/applied-object.js';
import { type Kept, managerOf, originOf } from './kept-resource.js';

/** What to write to a resource that is there, in order. */
export type ResourceOperation =
  /** Take off what somebody has added: paths of a JSON pointer. */
  | { readonly kind: 'strip'; readonly pointers: readonly string[] }
  /** Make it what the record wants. */
  | { readonly kind: 'apply' }
  /** Mark it as ours, and nothing else. */
  | { readonly kind: 'mark' }
  /** Give its spec up to whoever applies one. */
  | { readonly kind: 'letGo' };

/** A foreign edit that is put back. */
export interface Drift {
  readonly manager: string;
  readonly fields: readonly string[];
}

export interface ResourcePlan {
  readonly operations: readonly ResourceOperation[];
  readonly drift: Drift | undefined;
}

const IN_SYNC: ResourcePlan = { operations: [], drift: undefined };

/**
 * Decides about the resource of a live row. Pure; nothing to do is no operation.
 *
 * @param wanted whole for the origin `api`; metadata alone otherwise
 * @param observed the generation that its status is about
 */
export function planResource(
  live: Kept<KubernetesObject>,
  wanted: AppliedObject,
  origin: string,
  observed: number,
): ResourcePlan {
  return origin === 'api' ? planOurs(live, wanted, observed) : planTheirs(live, wanted);
}

function planOurs(
  live: Kept<KubernetesObject>,
  wanted: AppliedObject,
  observed: number,
): ResourcePlan {
  const found = differences(live, wanted);
  if (found.length === 0) return IN_SYNC;
  const added = found.filter(({ change }) => change === 'remove');
  const strip: ResourceOperation[] =
    added.length === 0 ? [] : [{ kind: 'strip', pointers: added.map(({ pointer }) => pointer) }];
  const edits = found.filter(isSpecChange);
  // Where nobody has touched the spec since it was looked at, it is the record that has changed.
  const isForeign = live.specManager !== undefined && (live.metadata.generation ?? 0) > observed;
  return {
    operations: [...strip, { kind: 'apply' }],
    drift:
      edits.length > 0 && isForeign && observed > 0
        ? { manager: managerOf(live), fields: edits.map(({ path }) => path) }
        : undefined,
  };
}

/** Its spec is somebody else's: no field of it may be ours. */
function planTheirs(live: Kept<KubernetesObject>, wanted: AppliedObject): ResourcePlan {
  const operations: ResourceOperation[] = [];
  if (live.isSpecOurs === true || originOf(live) === 'api') operations.push({ kind: 'letGo' });
  const mark = { ...wanted, kind: '', spec: undefined };
  const missing = differences(live, mark).filter(({ change }) => change !== 'remove');
  if (missing.length > 0) operations.push({ kind: 'mark' });
  return { operations, drift: undefined };
}

/** The merge patch (RFC 7396) that takes fields off: a nested null for each. */
export function withoutFields(pointers: readonly string[]): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const pointer of pointers) {
    const steps = pointer.split('/').slice(1).map(unescaped);
    const last = steps.pop() ?? '';
    let place = patch;
    for (const step of steps) place = (place[step] ??= {}) as Record<string, unknown>;
    place[last] = null;
  }
  return patch;
}

/** Whether it is a difference of what is wanted, rather than of what we mark it with. */
function isSpecChange({ path }: Difference): boolean {
  return path === 'spec' || path.startsWith('spec.');
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
