import type { Clock } from '../../../platform/clock/clock.js';
import {
  keyOf,
  type KubernetesObject,
  objectKey,
  type ObjectRef,
  type ResourceKind,
} from '../../../platform/kubernetes/kubernetes-object.js';
import type { Reflector } from '../../../platform/kubernetes/reflector.js';
import { keptObject } from './kept-object.js';

/** Makes the reflector of a kind, with what is kept of its objects. */
export type MakeReflector = <T extends KubernetesObject>(
  kind: ResourceKind,
  transform: (object: T) => T,
) => Reflector<T>;

/** The watch tells of a write of ours within a moment; when it never does, the write was undone. */
const TOLD_WITHIN_MS = 30_000;

interface Written {
  object: KubernetesObject;
  atMs: number;
}

/**
 * The objects of one kind that are ours, as last heard of or as we last wrote them, whichever is
 * newer: a pass right after a write does not write again because the watch lags behind.
 */
export class OwnedObjects<T extends KubernetesObject = KubernetesObject> {
  readonly reflector: Reflector<T>;
  private readonly written = new Map<string, Written>();

  constructor(
    readonly kind: ResourceKind,
    make: MakeReflector,
    private readonly clock: Clock,
  ) {
    this.reflector = make<T>(kind, (object) => keptObject(kind, object));
    this.reflector.on({
      updated: (object) => this.told(object),
      added: (object) => this.told(object),
      deleted: (object) => this.told(object),
    });
  }

  /** Calls back with every object that came, changed or went. */
  onChange(changed: (object: T) => void): void {
    this.reflector.on({
      added: changed,
      updated: (object) => changed(object),
      deleted: changed,
    });
  }

  /** The object as it is, as far as is known; undefined when there is none of ours. */
  find(ref: ObjectRef): T | undefined {
    const key = objectKey(ref);
    const stored = this.reflector.store.byKey(key);
    const written = this.written.get(key);
    if (written === undefined) return stored;
    const isOver = this.clock.monotonicMs() - written.atMs > TOLD_WITHIN_MS;
    if (!isOver && versionOf(written.object) > versionOf(stored)) return written.object as T;
    this.written.delete(key);
    return stored;
  }

  /** Takes over what the API server answered to a write of ours. */
  wrote(object: KubernetesObject): void {
    this.written.set(keyOf(object), {
      object: keptObject(this.kind, object),
      atMs: this.clock.monotonicMs(),
    });
  }

  /** What was heard is as new as what was written, or newer. */
  private told(object: KubernetesObject): void {
    const key = keyOf(object);
    const written = this.written.get(key);
    if (written !== undefined && versionOf(object) >= versionOf(written.object)) {
      this.written.delete(key);
    }
  }
}

/** The resource versions of one API server are numbers that grow. */
function versionOf(object: KubernetesObject | undefined): number {
  return Number(object?.metadata.resourceVersion ?? 0);
}
