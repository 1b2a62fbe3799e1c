import { hostname } from 'node:os';
import type { ClusterTenantsConfig } from '../../../config/cluster-tenants.config.js';
import type { Clock } from '../../../platform/clock/clock.js';
import type { ClusterAccess } from '../../../platform/kubernetes/cluster-access.js';
import type { ClusterConnection } from '../../../platform/kubernetes/cluster-connection.js';
import { EventRecorder } from '../../../platform/kubernetes/event-recorder.js';
import type { KubernetesApi } from '../../../platform/kubernetes/kubernetes-api.js';
import type {
  KubernetesObject,
  ResourceKind,
} from '../../../platform/kubernetes/kubernetes-object.js';
import type { Reachability } from '../../../platform/kubernetes/reachability.js';
import { Reflector } from '../../../platform/kubernetes/reflector.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { type Kept, keptResource } from '../../doors/kept-resource.js';
import type { NexusAgent } from '../../resources/nexus-agent.schemas.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import { NEXUS_AGENTS, NEXUS_TENANTS, OWNED_KINDS, POD } from './cluster-kinds.js';
import { keptPod } from './kept-object.js';
import { ownLabels } from './objects/object-metadata.js';
import { OwnedObjects } from './owned-objects.js';
import type { PodObject } from './pod.types.js';

/** Who says so in Events. */
const COMPONENT = 'nexus-controller';

/**
 * One cluster as this process knows it: a copy of everything of ours in it, kept by watches, and
 * the way to write. Reading costs no request.
 */
export class LiveCluster {
  readonly api: KubernetesApi;
  readonly connection: ClusterConnection;
  readonly reach: Reachability;
  readonly events: EventRecorder;
  /** The resources of tenants, in the namespace of the control plane, whoever made them. */
  readonly tenants: Reflector<Kept<NexusTenant>>;
  /** The resources of agents, of all namespaces, whoever made them. */
  readonly agents: Reflector<Kept<NexusAgent>>;
  /** The pods of the tenants' nodes, in the index `namespace`. */
  readonly pods: Reflector<PodObject>;
  private readonly owned: ReadonlyMap<string, OwnedObjects>;
  private started = false;

  constructor(
    { api, connection, reach }: ClusterAccess,
    readonly settings: ClusterTenantsConfig,
    clock: Clock,
    logger: Logger,
  ) {
    const tools = { api, clock, logger };
    const labelSelector = selectorOf(ownLabels(settings));
    this.api = api;
    this.connection = connection;
    this.reach = reach;
    this.events = new EventRecorder(COMPONENT, hostname(), tools);
    this.tenants = new Reflector(
      NEXUS_TENANTS,
      { namespace: settings.namespace, transform: keptResource },
      tools,
    );
    this.agents = new Reflector(
      NEXUS_AGENTS,
      {
        transform: keptResource,
        indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
      },
      tools,
    );
    this.pods = new Reflector(
      POD,
      {
        labelSelector,
        transform: keptPod,
        indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
      },
      tools,
    );
    const make = <T extends KubernetesObject>(kind: ResourceKind, transform: (object: T) => T) =>
      new Reflector<T>(kind, { labelSelector, transform }, tools);
    this.owned = new Map(
      OWNED_KINDS.map((kind) => [kind.kind, new OwnedObjects(kind, make, clock)]),
    );
  }

  /** Begins to follow; a second call does nothing. What is known is complete after `synced`. */
  start(): void {
    if (this.started) return;
    this.started = true;
    for (const reflector of this.reflectors()) reflector.start();
  }

  /** The API server is back: what waits after a failure tries at once. */
  hurry(): void {
    for (const reflector of this.reflectors()) reflector.hurry();
  }

  /**
   * Resolves when everything that tenants are made of is known. The resources have a `synced` of
   * their own: their definitions may be missing.
   *
   * @throws the signal's reason when it aborts before
   */
  async synced(signal: AbortSignal): Promise<void> {
    const waited = [this.pods, ...this.ownedReflectors()].filter(({ isSynced }) => !isSynced);
    if (waited.length === 0) return;
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      await Promise.race([aborted.promise, Promise.all(waited.map(({ synced }) => synced))]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Whether everything that tenants are made of is known. */
  get isSynced(): boolean {
    return [this.pods, ...this.ownedReflectors()].every(({ isSynced }) => isSynced);
  }

  /** Ends for good. */
  async stop(): Promise<void> {
    await Promise.all([...this.reflectors().map((one) => one.stop()), this.events.stop()]);
  }

  /**
   * The objects of a kind of which tenants are made.
   *
   * @throws Error for another kind
   */
  of(kind: string): OwnedObjects {
    const found = this.owned.get(kind);
    if (found === undefined) throw new Error(`tenants are not made of a ${kind}`);
    return found;
  }

  /**
   * Calls back with the namespace of every object of a tenant that came, changed or went, its
   * pods and its namespace included.
   */
  onTenantChange(changed: (namespace: string) => void): void {
    const told = ({ metadata }: KubernetesObject): void =>
      changed(metadata.namespace ?? metadata.name);
    for (const objects of this.owned.values()) objects.onChange(told);
    this.pods.on({ added: told, updated: told, deleted: told });
  }

  private reflectors(): Pick<Reflector<KubernetesObject>, 'start' | 'stop' | 'hurry'>[] {
    return [this.tenants, this.agents, this.pods, ...this.ownedReflectors()];
  }

  private ownedReflectors(): Reflector<KubernetesObject>[] {
    return [...this.owned.values()].map(({ reflector }) => reflector);
  }
}

/** A label selector that wants all of these. */
function selectorOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
