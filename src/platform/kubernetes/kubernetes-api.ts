import type { IncomingMessage } from 'node:http';
import type { ClusterRequests } from './cluster-requests.js';
import { isNotFound } from './kubernetes.errors.js';
import {
  apiVersionOf,
  type KubernetesList,
  type KubernetesObject,
  type ObjectRef,
  type ResourceKind,
} from './kubernetes-object.js';
import { queryText, resourcePath } from './resource-path.js';

const APPLY_PATCH = 'application/apply-patch+yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';

export interface CallOptions {
  /** Milliseconds for the whole call. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export interface WriteOptions extends CallOptions {
  /** Whose fields they are; without it the one that the API was made with. */
  fieldManager?: string;
  /** Checks, and writes nothing. */
  dryRun?: boolean;
}

export interface ApplyOptions extends WriteOptions {
  /** Whether fields are taken from other managers; true when left out. */
  force?: boolean;
}

export interface Selection {
  /** One namespace; all of them when left out. */
  namespace?: string | undefined;
  /** For example `app.kubernetes.io/managed-by=nexus`. */
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

export interface ListOptions extends Selection, CallOptions {
  /** Items of a page. */
  limit?: number;
  /** The page after the one that gave this. */
  continue?: string | undefined;
  /** `0`: from the server's cache, however old. */
  resourceVersion?: string;
}

export interface WatchOptions extends Selection, CallOptions {
  resourceVersion?: string | undefined;
  timeoutSeconds: number;
}

export interface DeleteOptions extends WriteOptions {
  /** Deletes only this very object: another of the same name is a Conflict. */
  uid?: string;
  resourceVersion?: string;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  gracePeriodSeconds?: number;
}

export interface PodLogOptions extends CallOptions {
  container?: string;
  /** The newest lines. */
  tailLines?: number;
  sinceSeconds?: number;
  /** Of the container's life before this one. */
  previous?: boolean;
  timestamps?: boolean;
  limitBytes?: number;
}

/**
 * The API of one cluster, for objects of any kind. Every method throws `KubernetesError`; `get`
 * throws for what is not there, `find` gives undefined.
 */
export class KubernetesApi {
  constructor(
    private readonly requests: ClusterRequests,
    /** The manager of fields that are written without naming one. */
    private readonly fieldManager: string,
  ) {}

  get<T extends KubernetesObject>(
    kind: ResourceKind,
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T> {
    return this.requests.json({
      method: 'GET',
      path: resourcePath(kind, ref),
      repeatable: true,
      ...options,
    });
  }

  async find<T extends KubernetesObject>(
    kind: ResourceKind,
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(kind, ref, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** One page; `metadata.continue` leads to the next. */
  list<T extends KubernetesObject>(
    kind: ResourceKind,
    { namespace, deadlineMs, signal, ...query }: ListOptions = {},
  ): Promise<KubernetesList<T>> {
    return this.requests.json({
      method: 'GET',
      path: resourcePath(kind, { namespace }) + queryText(query),
      repeatable: true,
      deadlineMs,
      signal,
    });
  }

  /** The frames of a watch, with bookmarks, as they come: one JSON document a line. */
  watch(
    kind: ResourceKind,
    { namespace, deadlineMs, signal, ...query }: WatchOptions,
  ): Promise<IncomingMessage> {
    const all = { ...query, watch: true, allowWatchBookmarks: true };
    return this.requests.stream({
      method: 'GET',
      path: resourcePath(kind, { namespace }) + queryText(all),
      repeatable: true,
      deadlineMs,
      signal,
    });
  }

  /** Makes an object that must not be there yet (`isAlreadyExists`). */
  create<T extends KubernetesObject>(
    kind: ResourceKind,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    const { namespace } = object.metadata;
    return this.requests.json({
      method: 'POST',
      path: resourcePath(kind, { namespace }) + this.writeQuery(options),
      body: withKind(kind, object),
      ...callOf(options),
    });
  }

  /** Puts an object in the place of the one with its `resourceVersion` (`isConflict`). */
  replace<T extends KubernetesObject>(
    kind: ResourceKind,
    object: T,
    options: WriteOptions = {},
  ): Promise<T> {
    return this.requests.json({
      method: 'PUT',
      path: resourcePath(kind, object.metadata) + this.writeQuery(options),
      body: withKind(kind, object),
      ...callOf(options),
    });
  }

  /**
   * Server-side apply: the object is as wished in every field that is given; fields that this
   * manager gave before, and now does not, go.
   */
  apply<T extends KubernetesObject>(
    kind: ResourceKind,
    object: T,
    options: ApplyOptions = {},
  ): Promise<T> {
    return this.sendApply(kind, object, undefined, options);
  }

  /** As `apply`, of the `status` subresource. */
  applyStatus<T extends KubernetesObject>(
    kind: ResourceKind,
    object: T,
    options: ApplyOptions = {},
  ): Promise<T> {
    return this.sendApply(kind, object, 'status', options);
  }

  /**
   * Merges a patch (RFC 7396): null removes a field, lists are replaced. A
   * `metadata.resourceVersion` in it makes the patch conditional.
   */
  mergePatch<T extends KubernetesObject>(
    kind: ResourceKind,
    ref: ObjectRef,
    patch: object,
    { subresource, ...options }: WriteOptions & { subresource?: string } = {},
  ): Promise<T> {
    return this.requests.json({
      method: 'PATCH',
      path: resourcePath(kind, { ...place(ref), subresource }) + this.writeQuery(options),
      body: patch,
      contentType: MERGE_PATCH,
      ...callOf(options),
    });
  }

  /** Does the steps of a JSON patch (RFC 6902), all or none; a failed `test` is `isInvalid`. */
  jsonPatch<T extends KubernetesObject>(
    kind: ResourceKind,
    ref: ObjectRef,
    steps: readonly object[],
    options: WriteOptions = {},
  ): Promise<T> {
    return this.requests.json({
      method: 'PATCH',
      path: resourcePath(kind, place(ref)) + this.writeQuery(options),
      body: steps,
      contentType: JSON_PATCH,
      ...callOf(options),
    });
  }

  /**
   * Asks for a deletion; the object may live on until its finalizers are gone.
   *
   * @returns false when there was no such object
   */
  async delete(kind: ResourceKind, ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const { uid, resourceVersion, propagationPolicy, gracePeriodSeconds, dryRun } = options;
    const conditional = uid !== undefined || resourceVersion !== undefined;
    try {
      await this.requests.text({
        method: 'DELETE',
        path: resourcePath(kind, place(ref)),
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy,
          gracePeriodSeconds,
          ...(conditional ? { preconditions: { uid, resourceVersion } } : {}),
          ...(dryRun ? { dryRun: ['All'] } : {}),
        },
        ...callOf(options),
        repeatable: true,
      });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** What a pod's container wrote, as text. */
  podLogs(ref: ObjectRef, { deadlineMs, signal, ...query }: PodLogOptions = {}): Promise<string> {
    const place = { ...ref, subresource: 'log' };
    return this.requests.text({
      method: 'GET',
      path: resourcePath(POD, place) + queryText(query),
      accept: '*/*',
      repeatable: true,
      deadlineMs,
      signal,
    });
  }

  private sendApply<T extends KubernetesObject>(
    kind: ResourceKind,
    object: T,
    subresource: string | undefined,
    { force = true, ...options }: ApplyOptions,
  ): Promise<T> {
    return this.requests.json({
      method: 'PATCH',
      path:
        resourcePath(kind, { ...place(object.metadata), subresource }) +
        this.writeQuery(options, { force }),
      body: withKind(kind, object),
      contentType: APPLY_PATCH,
      ...callOf(options),
      repeatable: true,
    });
  }

  private writeQuery(
    { fieldManager = this.fieldManager, dryRun }: WriteOptions,
    more: { force?: boolean } = {},
  ): string {
    return queryText({ fieldManager, dryRun: dryRun ? 'All' : undefined, ...more });
  }
}

const POD: ResourceKind = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
};

function callOf({ deadlineMs, signal }: CallOptions) {
  return { deadlineMs, signal };
}

function place({ namespace, name }: ObjectRef): ObjectRef {
  return { namespace, name };
}

function withKind<T extends KubernetesObject>(kind: ResourceKind, object: T): T {
  return { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind };
}
