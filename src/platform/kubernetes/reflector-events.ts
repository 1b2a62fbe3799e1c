import type { Logger } from '../logging/logger.js';
import type { KubernetesObject } from './kubernetes-object.js';
import type { ObjectStore } from './object-store.js';

/** Is told of changes, after the store knows them. A handler that throws is logged. */
export interface ReflectorHandler<T extends KubernetesObject> {
  added?(object: T): void;
  updated?(object: T, before: T): void;
  /** @param last the last state that is known; it may be older than the one that was deleted */
  deleted?(last: T): void;
}

/** Writes changes to a store, and tells those who listen what they amount to. */
export class ReflectorEvents<T extends KubernetesObject> {
  private readonly handlers = new Set<ReflectorHandler<T>>();

  constructor(
    private readonly plural: string,
    private readonly store: ObjectStore<T>,
    private readonly logger: Logger,
  ) {}

  /**
   * Listens from now on; what is in the store already is `added` at once.
   *
   * @returns ends it
   */
  listen(handler: ReflectorHandler<T>): () => void {
    this.handlers.add(handler);
    for (const object of this.store.list()) this.tell(handler, (it) => it.added?.(object));
    return () => void this.handlers.delete(handler);
  }

  /** An object is there. One of the same name with another uid was deleted meanwhile. */
  put(object: T): void {
    const before = this.store.set(object);
    const { uid, resourceVersion } = object.metadata;
    if (before === undefined) {
      this.tellAll((handler) => handler.added?.(object));
    } else if (before.metadata.uid !== uid) {
      this.tellAll((handler) => handler.deleted?.(before));
      this.tellAll((handler) => handler.added?.(object));
    } else if (before.metadata.resourceVersion !== resourceVersion) {
      this.tellAll((handler) => handler.updated?.(object, before));
    }
  }

  /** An object is gone; `last` is its last state where that is known better than by the store. */
  remove(key: string, last?: T): void {
    const before = this.store.delete(key);
    if (before === undefined) return;
    this.tellAll((handler) => handler.deleted?.(last ?? before));
  }

  private tellAll(tell: (handler: ReflectorHandler<T>) => void): void {
    for (const handler of this.handlers) this.tell(handler, tell);
  }

  private tell(handler: ReflectorHandler<T>, tell: (handler: ReflectorHandler<T>) => void): void {
    try {
      tell(handler);
    } catch (error) {
      this.logger.error('A handler of changes failed', { kind: this.plural, error });
    }
  }
}
