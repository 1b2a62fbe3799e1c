import type { Clock } from '../../platform/clock/clock.js';
import {
  keyOf,
  type KubernetesObject,
  objectKey,
  type ObjectRef,
} from '../../platform/kubernetes/kubernetes-object.js';
import type { Reflector } from '../../platform/kubernetes/reflector.js';
import { type Kept, keptResource } from './kept-resource.js';

/** The watch tells of a write of ours within a moment; when it never does, the write was undone. */
const TOLD_WITHIN_MS = 30_000;

/**
 * The resources of one kind as last heard of or as we last wrote them, whichever is newer: a pass
 * right after a write does not write again because the watch lags behind.
 */
export class ResourceView<T extends KubernetesObject> {
  private readonly written = new Map<string, { object: Kept<T>; atMs: number }>();

  /** Uids of objects that are gone, which the watch has not told yet. */
  private readonly gone = new Set<string>();

  constructor(
    private readonly reflector: Pick<Reflector<Kept<T>>, 'store' | 'on' | 'isSynced'>,
    private readonly clock: Clock,
  ) {
    const told = (object: Kept<T>): void => this.told(object);
    const forget = (object: Kept<T>): void => {
      this.gone.delete(object.metadata.uid ?? '');
      this.told(object);
    };
    reflector.on({ added: told, updated: told, deleted: forget });
  }

  /** Whether what is not here is not there. */
  get isSynced(): boolean {
    return this.reflector.isSynced;
  }

  find(ref: ObjectRef): Kept<T> | undefined {
    const known = this.newest(ref);
    return known !== undefined && this.gone.has(known.metadata.uid ?? '') ? undefined : known;
  }

  private newest(ref: ObjectRef): Kept<T> | undefined {
    const key = objectKey(ref);
    const stored = this.reflector.store.byKey(key);
    const written = this.written.get(key);
    if (written === undefined) return stored;
    const isOver = this.clock.monotonicMs() - written.atMs > TOLD_WITHIN_MS;
    if (!isOver && versionOf(written.object) > versionOf(stored)) return written.object;
    this.written.delete(key);
    return stored;
  }

  /** Takes over what the API server answered to a write of ours. */
  wrote(object: T): Kept<T> {
    const kept = keptResource(object);
    this.written.set(keyOf(kept), { object: kept, atMs: this.clock.monotonicMs() });
    return kept;
  }

  /**
   * Takes over that an object is gone. The watch may not tell for a while: it stays open and silent
   * when the definition of its kind is deleted and made again.
   */
  went({ metadata }: Kept<T>): void {
    if (metadata.uid !== undefined) this.gone.add(metadata.uid);
  }

  private told(object: Kept<T>): void {
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
