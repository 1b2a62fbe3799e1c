import { type KubernetesObject, keyOf, objectKey, type ObjectRef } from './kubernetes-object.js';

/** The values under which an object is found in an index. */
export type IndexValues<T extends KubernetesObject> = (object: T) => readonly string[];

/** What one reflector knows of its kind, as last heard; reading costs no request. */
export class ObjectStore<T extends KubernetesObject> {
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, Map<string, Map<string, T>>>();

  constructor(private readonly indexers: Readonly<Record<string, IndexValues<T>>> = {}) {
    for (const name of Object.keys(indexers)) this.indexes.set(name, new Map());
  }

  get size(): number {
    return this.objects.size;
  }

  get(ref: ObjectRef): T | undefined {
    return this.objects.get(objectKey(ref));
  }

  byKey(key: string): T | undefined {
    return this.objects.get(key);
  }

  list(): T[] {
    return [...this.objects.values()];
  }

  keys(): string[] {
    return [...this.objects.keys()];
  }

  /** @throws Error when the store was made without that index */
  byIndex(index: string, value: string): T[] {
    const values = this.indexes.get(index);
    if (values === undefined) throw new Error(`there is no index "${index}"`);
    return [...(values.get(value)?.values() ?? [])];
  }

  /** @returns what was there before */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const before = this.objects.get(key);
    if (before !== undefined) this.unindex(key, before);
    this.objects.set(key, object);
    this.index(key, object);
    return before;
  }

  /** @returns what was there */
  delete(key: string): T | undefined {
    const before = this.objects.get(key);
    if (before === undefined) return undefined;
    this.objects.delete(key);
    this.unindex(key, before);
    return before;
  }

  private index(key: string, object: T): void {
    for (const [name, values] of this.indexes) {
      for (const value of this.indexers[name]?.(object) ?? []) {
        const found = values.get(value) ?? new Map<string, T>();
        found.set(key, object);
        values.set(value, found);
      }
    }
  }

  private unindex(key: string, object: T): void {
    for (const [name, values] of this.indexes) {
      for (const value of this.indexers[name]?.(object) ?? []) {
        const found = values.get(value);
        found?.delete(key);
        if (found?.size === 0) values.delete(value);
      }
    }
  }
}
