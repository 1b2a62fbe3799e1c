import type { NodeEndpoint, NodeLogLine } from '../../../nodes/node-access.js';
import type { NodeClient } from '../../../nodes/node-client.service.js';
import type { Clock } from '../../../platform/clock/clock.js';
import { isNotFound } from '../../../platform/kubernetes/kubernetes.errors.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { TenantRecord } from '../../../tenants/tenant-sync.service.js';
import { linesNaming } from '../node-log-line.js';
import {
  Driver,
  type NodeOperation,
  type NodeSight,
  type NodeTrouble,
  type Underway,
} from '../driver.js';
import type { LiveCluster } from './cluster.js';
import { POD } from './cluster-kinds.js';
import { NodeRoute } from './node-route.js';
import { nodeStateOf } from './node-state.js';
import { nodeEndpointOf } from './objects/node-objects.js';
import { NODE_SELECTOR } from './objects/node-pod.js';
import { SilentNodes } from './silent-nodes.js';
import { TenantPlace, type PlaceSight } from './tenant-place.js';

// Tenants as namespaces of a cluster. What is seen comes from watches alone; what is written is
// what differs.

/** How far back a node's output is searched for an agent's lines. */
const SEARCHED_LINES = 5_000;
/** Nothing to answer for. */
const UNASKED = { restartInMs: 0, lastExit: undefined, healsItself: true, current: true } as const;

/** Makes each tenant a namespace of a cluster, with its node in it. */
export class KubernetesDriver extends Driver {
  override readonly name = 'kubernetes';
  private readonly route: NodeRoute;
  private readonly nodes: SilentNodes;
  private readonly place: TenantPlace;
  /** Ids of tenants by their namespaces, as far as they were looked at. */
  private readonly tenantOf = new Map<string, string>();
  private wake: (namespace: string) => void = () => undefined;
  private isListening = false;

  constructor(
    private readonly cluster: LiveCluster,
    client: NodeClient,
    clock: Clock,
    logger: Logger,
  ) {
    super();
    this.route = new NodeRoute(cluster);
    this.nodes = new SilentNodes(client, clock);
    this.place = new TenantPlace(cluster, clock, logger);
  }

  override async open(changed: (tenantId: string) => void): Promise<void> {
    if (!this.isListening) this.listen(changed);
    this.isListening = true;
    this.cluster.start();
  }

  override resume(): void {
    // The lease was had from the API server, so that answers.
    this.cluster.hurry();
  }

  override async close(): Promise<void> {
    await this.cluster.stop();
  }

  override async observe(
    tenant: TenantRecord,
    variables: GivenVariables,
    signal: AbortSignal,
  ): Promise<NodeSight> {
    this.tenantOf.set(tenant.crName, tenant.id);
    await this.cluster.synced(signal);
    const place = this.place.look(tenant, variables);
    const drift = place.drift;
    const common = {
      ...UNASKED,
      address: nodeEndpointOf(tenant),
      drift,
      ...(place.trouble === undefined ? {} : { trouble: place.trouble }),
      ...(place.hold === undefined ? {} : { hold: place.hold }),
    };
    const { state, incarnation, trouble } = nodeStateOf(place.deployment, place.pods);
    const unseen = { endpoint: undefined, incarnation: undefined };
    if (state === 'absent' || state === 'stopped') return { ...common, ...unseen, state };
    if (incarnation === undefined) {
      const why = place.trouble ?? trouble;
      return {
        ...common,
        ...unseen,
        state: 'starting',
        ...(why === undefined ? {} : { trouble: why }),
      };
    }
    return { ...common, ...(await this.ask(tenant, place, incarnation, signal)) };
  }

  override async apply(
    operation: NodeOperation,
    tenant: TenantRecord,
    variables: GivenVariables,
    signal?: AbortSignal,
  ): Promise<Underway | void> {
    this.tenantOf.set(tenant.crName, tenant.id);
    if (operation.kind !== 'remove') return this.put(tenant, variables, signal);
    const underway = await this.place.remove(tenant, signal);
    if (underway === undefined) {
      this.tenantOf.delete(tenant.crName);
      this.nodes.forget(tenant.id);
    }
    return underway;
  }

  override async endpointOf(tenant: TenantRecord): Promise<NodeEndpoint | undefined> {
    return tenant.nodeEndpoint === null ? undefined : this.route.to(tenant);
  }

  override async logLines(
    { crName }: TenantRecord,
    agent: string,
    limit: number,
  ): Promise<NodeLogLine[]> {
    const { api } = this.cluster;
    const labelSelector = Object.entries(NODE_SELECTOR)
      .map((pair) => pair.join('='))
      .join(',');
    const { items } = await api.list(POD, { namespace: crName, labelSelector });
    const newest = items
      .toSorted((a, b) => startOf(a.metadata).localeCompare(startOf(b.metadata)))
      .at(-1);
    if (newest === undefined) return [];
    try {
      const ref = { namespace: crName, name: newest.metadata.name };
      const text = await api.podLogs(ref, { tailLines: SEARCHED_LINES });
      return linesNaming(text.split('\n'), agent, limit);
    } catch (error) {
      // It went meanwhile, or its container has not begun.
      if (isNotFound(error)) return [];
      throw error;
    }
  }

  override async check(): Promise<string> {
    return this.cluster.reach.check();
  }

  /** What could not be written, or changes no pod, makes room for others without another word. */
  private async put(
    tenant: TenantRecord,
    variables: GivenVariables,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      await this.place.put(tenant, variables, signal);
    } finally {
      this.wakeFreed();
    }
  }

  private wakeFreed(): void {
    for (const waiting of this.place.freed()) this.wake(waiting);
  }

  private listen(changed: (tenantId: string) => void): void {
    const wake = (namespace: string): void => {
      const tenantId = this.tenantOf.get(namespace);
      if (tenantId !== undefined) changed(tenantId);
    };
    this.wake = wake;
    this.cluster.onTenantChange((namespace) => {
      wake(namespace);
      this.wakeFreed();
    });
    const resource = ({ metadata }: { metadata: { name: string } }): void => wake(metadata.name);
    this.cluster.tenants.on({ added: resource, updated: resource, deleted: resource });
  }

  /** Of a node that is up: whether it answers as well. */
  private async ask(
    tenant: TenantRecord,
    { trouble }: PlaceSight,
    incarnation: string,
    signal: AbortSignal,
  ): Promise<Pick<NodeSight, 'state' | 'endpoint' | 'incarnation' | 'pollMs' | 'trouble'>> {
    const endpoint = await this.route.to(tenant);
    const answer = await this.nodes.ask(tenant.id, incarnation, endpoint, signal);
    if (answer.answers) return { state: 'running', endpoint, incarnation };
    const why = trouble ?? (answer.timedOut ? this.whyTimedOut() : undefined);
    return {
      state: 'starting',
      endpoint,
      incarnation,
      pollMs: answer.askAgainMs,
      ...(why === undefined ? {} : { trouble: why }),
    };
  }

  private whyTimedOut(): NodeTrouble | undefined {
    const { apiServerCidrs } = this.cluster.settings;
    if (!this.route.isProxied || apiServerCidrs.length > 0) return undefined;
    const message =
      'The node is up and does not answer through the API server: the network policies of the tenant let the API server in only when NEXUS_API_SERVER_CIDRS names its addresses.';
    return { reason: 'NodeUnreachable', message, class: 'noted' };
  }
}

function startOf({ creationTimestamp = '' }: { creationTimestamp?: string }): string {
  return creationTimestamp;
}
