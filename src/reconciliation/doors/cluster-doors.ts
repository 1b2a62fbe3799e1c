import { type AgentRecord, AgentSyncService } from '../../agents/agent-sync.service.js';
import { AGENT_TOPIC, readAgentKey } from '../../agents/agents.events.js';
import type { Clock } from '../../platform/clock/clock.js';
import { Controller } from '../../platform/controller/controller.js';
import type { ControllerObserver } from '../../platform/controller/controller-observer.js';
import type { WakeChannel } from '../../platform/events/wake-channel.js';
import { canonicalJson } from '../../platform/json/canonical-json.js';
import { keyOf, type KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import type { Reflector } from '../../platform/kubernetes/reflector.js';
import type { Logger } from '../../platform/logging/logger.js';
import { type TenantRecord, TenantSyncService } from '../../tenants/tenant-sync.service.js';
import { TENANT_TOPIC } from '../../tenants/tenants.events.js';
import type { LiveCluster } from '../drivers/kubernetes/cluster.js';
import { AgentDoor, type AgentDoorServices } from './agent-door.reconciler.js';
import { CalmWakes } from './calm-wakes.js';
import { Doors } from './doors.js';
import type { Kept } from './kept-resource.js';
import { ResourceKeeper } from './resource-keeper.js';
import { ResourceView } from './resource-view.js';
import { ResourceWrites } from './resource-writes.js';
import { TenantDoor, type TenantDoorServices } from './tenant-door.reconciler.js';
import { NEXUS_AGENTS, NEXUS_TENANTS } from '../drivers/kubernetes/cluster-kinds.js';

const PASS_DEADLINE_MS = 30_000;
/** A definition that is missing may be back soon. */
const BACK_OFF_CAP_MS = 10_000;
const TENANT_WORKERS = 8;
/** Each waits for the API server and for nothing else. */
const AGENT_WORKERS = 32;
/**
 * The count of agents in a tenant's status lags behind by this: many that come one after the other
 * would otherwise cost a write each.
 */
const COUNTED_WHEN = { calmMs: 5_000, atMostMs: 30_000 };
const READ_AGAIN_MS = 2_000;

/** What the doors of a cluster are made from. */
export interface ClusterDoorParts {
  cluster: LiveCluster;
  tenants: TenantDoorServices;
  agents: AgentDoorServices;
  wakes: WakeChannel;
  clock: Clock;
  logger: Logger;
  observer: ControllerObserver;
}

/** The resources of tenants and agents as a door: runs their reconcilers, and wakes them. */
export class ClusterDoors extends Doors {
  private readonly tenantDoor: TenantDoor;
  private readonly agentDoor: AgentDoor;
  private readonly tenantController: Controller;
  private readonly agentController: Controller;
  private readonly tenants: TenantSyncService;
  private readonly agents: AgentSyncService;
  /** Of every tenant that was asked for, the namespace; it never changes. */
  private readonly namespaces = new Map<string, string>();
  private readonly counts: CalmWakes;
  private isConnected = false;
  private isRunning = false;

  constructor(private readonly parts: ClusterDoorParts) {
    super();
    const { cluster, clock, logger, observer } = parts;
    this.tenants = parts.tenants.tenants;
    this.agents = parts.agents.agents;
    this.tenantDoor = new TenantDoor(tenantSide(cluster, clock), parts.tenants);
    this.agentDoor = new AgentDoor(agentSide(cluster, clock), parts.agents);
    const common = { deadlineMs: PASS_DEADLINE_MS, capMs: BACK_OFF_CAP_MS, observer };
    this.tenantController = new Controller(this.tenantDoor, clock, logger, {
      ...common,
      workers: TENANT_WORKERS,
    });
    this.agentController = new Controller(this.agentDoor, clock, logger, {
      ...common,
      workers: AGENT_WORKERS,
    });
    this.counts = new CalmWakes(clock, COUNTED_WHEN, (namespace) =>
      this.tenantController.wake(namespace),
    );
  }

  override start(): void {
    this.connect();
    this.isRunning = true;
    this.tenantController.start();
    this.agentController.start();
    this.wakeAll();
  }

  override async stop(): Promise<void> {
    this.isRunning = false;
    this.counts.clear();
    await Promise.all([this.tenantController.stop(), this.agentController.stop()]);
  }

  override evacuate(): Promise<void> {
    return this.tenantDoor.evacuate();
  }

  override tenantObserved({ crName }: Pick<TenantRecord, 'crName'>): void {
    this.tenantController.wake(crName);
  }

  override agentObserved({ tenantId, name }: Pick<AgentRecord, 'tenantId' | 'name'>): void {
    this.try(async () => this.wakeAgent(await this.namespaceOf(tenantId), name));
  }

  override releaseTenant(tenant: TenantRecord): Promise<boolean> {
    return this.tenantDoor.release(tenant);
  }

  override releaseAgent(agent: AgentRecord): Promise<boolean> {
    return this.agentDoor.release(agent);
  }

  /** Listens to whatever may have changed either side; once. */
  private connect(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    const { cluster, wakes } = this.parts;
    listen(cluster.tenants, ({ metadata }) => this.tenantController.wake(metadata.name));
    listen(cluster.agents, (object) => this.agentController.wake(keyOf(object)));
    cluster.of('Namespace').onChange(({ metadata }) => {
      this.try(() => this.wakeAgentsIn(metadata.name));
    });
    wakes.on(TENANT_TOPIC, (id) => this.try(() => this.wakeTenant(id)));
    wakes.on(AGENT_TOPIC, (key) => this.try(() => this.wakeAgentRow(key)));
    wakes.onGap(() => this.wakeAll());
    for (const reflector of [cluster.tenants, cluster.agents]) {
      reflector.synced.then(() => this.wakeAll()).catch(() => undefined);
    }
  }

  /** Looks at every resource and every row; tries until it can. */
  private wakeAll(): void {
    const { cluster, clock, logger } = this.parts;
    if (!this.isRunning) return;
    for (const { metadata } of cluster.tenants.store.list()) {
      this.tenantController.wake(metadata.name);
    }
    for (const object of cluster.agents.store.list()) this.agentController.wake(keyOf(object));
    this.wakeRows().catch((error: unknown) => {
      logger.warn('Rows could not be read again', { error });
      clock.after(READ_AGAIN_MS, () => this.wakeAll());
    });
  }

  private async wakeRows(): Promise<void> {
    for (const id of await this.tenants.ids()) await this.wakeTenant(id);
  }

  private async wakeTenant(id: string): Promise<void> {
    const crName = await this.namespaceOf(id);
    if (crName === undefined) return;
    this.tenantController.wake(crName);
    await this.wakeAgentsIn(crName);
  }

  /** Wakes the agents of a namespace, those that have no resource included. */
  private async wakeAgentsIn(namespace: string): Promise<void> {
    for (const object of this.parts.cluster.agents.store.byIndex('namespace', namespace)) {
      this.agentController.wake(keyOf(object));
    }
    const tenant = await this.tenants.findByName(namespace);
    if (tenant === null) return;
    for (const { name } of await this.agents.ofTenant(tenant.id)) this.wakeAgent(namespace, name);
  }

  private async wakeAgentRow(key: string): Promise<void> {
    const agent = await this.agents.find(readAgentKey(key).id);
    if (agent === null) return;
    const namespace = await this.namespaceOf(agent.tenantId);
    if (namespace === undefined) return;
    this.wakeAgent(namespace, agent.name);
    this.counts.add(namespace);
  }

  private wakeAgent(namespace: string | undefined, name: string): void {
    if (namespace !== undefined) this.agentController.wake(`${namespace}/${name}`);
  }

  private async namespaceOf(tenantId: string): Promise<string | undefined> {
    const known = this.namespaces.get(tenantId);
    if (known !== undefined) return known;
    const crName = (await this.tenants.find(tenantId))?.crName;
    if (crName !== undefined) this.namespaces.set(tenantId, crName);
    return crName;
  }

  /** A wake that could not be followed is made up for by looking at everything. */
  private try(work: () => Promise<void>): void {
    if (!this.isRunning) return;
    work().catch((error: unknown) => {
      const { clock, logger } = this.parts;
      logger.warn('A wake could not be followed', { error });
      clock.after(READ_AGAIN_MS, () => this.wakeAll());
    });
  }
}

function tenantSide(cluster: LiveCluster, clock: Clock) {
  const { api, settings, tenants, events } = cluster;
  const view = new ResourceView(tenants, clock);
  const writes = new ResourceWrites(NEXUS_TENANTS, api, view);
  return {
    api,
    settings,
    view,
    keeper: new ResourceKeeper(writes, events, clock),
    namespaceOf: (name: string) => cluster.of('Namespace').find({ name }),
  };
}

function agentSide(cluster: LiveCluster, clock: Clock) {
  const { api, settings, agents, events } = cluster;
  const view = new ResourceView(agents, clock);
  const writes = new ResourceWrites(NEXUS_AGENTS, api, view);
  return {
    api,
    settings,
    view,
    keeper: new ResourceKeeper(writes, events, clock),
    hasNamespace: (name: string) => {
      const found = cluster.of('Namespace').find({ name });
      return found !== undefined && found.metadata.deletionTimestamp === undefined;
    },
  };
}

/** Calls back with what came, went or was changed by somebody; our own statuses are no news. */
function listen<T extends KubernetesObject>(
  reflector: Reflector<Kept<T>>,
  changed: (object: T) => void,
): void {
  reflector.on({
    added: changed,
    updated: (object, before) => {
      if (telling(object) !== telling(before)) changed(object);
    },
    deleted: changed,
  });
}

/** What of a resource matters to a door; a change of the spec is a new generation. */
function telling({ metadata, specManager, isSpecOurs }: Kept<KubernetesObject>): string {
  const { resourceVersion: _, ...others } = metadata;
  return canonicalJson({ ...others, specManager, isSpecOurs });
}
