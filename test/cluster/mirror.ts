/** A copy of a collection that is kept up to date: list, watch, and again when that ends. */
import type { ApiClient } from './api-client.js';
import type { KubeList, KubeObject, WatchEvent } from './kube-objects.types.js';

const AGAIN_AFTER_MS = 250;

/** Objects by their uid. */
export class Mirror<T extends KubeObject> {
  readonly objects = new Map<string, T>();
  private readonly stopped = new AbortController();
  private readonly runs: Promise<void>;
  /** Settles when the first list has been taken in. */
  readonly ready: Promise<void>;

  /** @param onChange is told of each object that came, changed or (`gone`) went */
  constructor(
    private readonly api: ApiClient,
    private readonly path: string,
    private readonly onChange: (object: T, gone: boolean) => void = () => undefined,
  ) {
    let started: () => void = () => undefined;
    this.ready = new Promise((resolve) => (started = resolve));
    this.runs = this.run(started);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.runs;
  }

  private async run(started: () => void): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        const version = await this.list();
        started();
        await this.watch(version);
      } catch {
        // Whatever it was, it begins again with a list.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
    }
  }

  private async list(): Promise<string> {
    const { items, metadata } = await this.api.get<KubeList<T>>(this.path);
    const uids = new Set(items.map((item) => item.metadata.uid));
    for (const [uid, object] of this.objects) if (!uids.has(uid)) this.drop(object);
    for (const item of items) this.take(item);
    return metadata.resourceVersion;
  }

  private async watch(version: string): Promise<void> {
    const path = `${this.path}?resourceVersion=${version}&allowWatchBookmarks=true`;
    await this.api.watch<T>(path, (event) => this.hear(event), this.stopped.signal);
  }

  private hear({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') throw new Error(JSON.stringify(object));
    if (type === 'ADDED' || type === 'MODIFIED') this.take(object);
    if (type === 'DELETED') this.drop(object);
  }

  private take(object: T): void {
    const { uid, resourceVersion } = object.metadata;
    if (this.objects.get(uid)?.metadata.resourceVersion === resourceVersion) return;
    this.objects.set(uid, object);
    this.onChange(object, false);
  }

  private drop(object: T): void {
    this.objects.delete(object.metadata.uid);
    this.onChange(object, true);
  }
}
