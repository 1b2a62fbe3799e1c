import { Injectable } from '@nestjs/common';
import {
  AgentAdoption,
  type AgentResource,
  type AgentTaken,
} from '../../agents/agent-adoption.service.js';
import { type AgentRecord, AgentSyncService } from '../../agents/agent-sync.service.js';
import type { ClusterTenantsConfig } from '../../config/cluster-tenants.config.js';
import { Clock } from '../../platform/clock/clock.js';
import {
  again,
  DONE,
  type Pass,
  Reconciler,
  type Result,
} from '../../platform/controller/reconciler.js';
import type { KubernetesApi } from '../../platform/kubernetes/kubernetes-api.js';
import { refOfKey } from '../../platform/kubernetes/kubernetes-object.js';
import { type TenantRecord, TenantSyncService } from '../../tenants/tenant-sync.service.js';
import { installIdOf } from '../drivers/kubernetes/objects/object-metadata.js';
import type { NexusAgent } from '../resources/nexus-agent.schemas.js';
import { AGENT_FINALIZER } from '../resources/resource-names.js';
import { type AgentScene, planAgentDoor } from './agent-door.plan.js';
import { CONTEST_RETRY_MS } from './contest.js';
import { lossOf, VANISHED } from './departure.js';
import { isDeleting, type Kept, managerOf, originOf } from './kept-resource.js';
import { NOTICES } from './notices.js';
import type { ResourceKeeper } from './resource-keeper.js';
import { agentStatus, type DoorNotice, isTellable } from './resource-status.js';
import type { ResourceView } from './resource-view.js';
import { belongsTo } from './tenant-door.plan.js';
import { wantedAgent } from './wanted-resource.js';

const UNSYNCED_RETRY_MS = 500;
/** What it went with takes a moment to go as well. */
const RESTORE_AFTER_MS = 200;

/** What speaks to the cluster, for the resources of agents. */
export interface AgentDoorCluster {
  readonly api: KubernetesApi;
  readonly settings: ClusterTenantsConfig;
  readonly view: ResourceView<NexusAgent>;
  readonly keeper: ResourceKeeper<NexusAgent>;
  /** Whether a namespace is there, and stays. */
  readonly hasNamespace: (name: string) => boolean;
}

/** Services of the record that a door of agents uses. */
@Injectable()
export class AgentDoorServices {
  constructor(
    readonly tenants: TenantSyncService,
    readonly agents: AgentSyncService,
    readonly adoption: AgentAdoption,
    readonly clock: Clock,
  ) {}
}

/** What there is under a key, and what there is to do. */
interface Sight {
  tenant: TenantRecord | null;
  row: AgentRecord | null;
  live: Kept<NexusAgent> | undefined;
  scene: AgentScene;
}

/** An agent's resource in the namespace of a tenant of ours. */
interface Place {
  tenant: TenantRecord;
  row: AgentRecord | null;
  live: Kept<NexusAgent>;
}

/** Keeps a NexusAgent and its row in step; the key is `namespace/name`. */
export class AgentDoor extends Reconciler {
  override readonly name = 'agent-resource';

  constructor(
    private readonly cluster: AgentDoorCluster,
    private readonly record: AgentDoorServices,
  ) {
    super();
  }

  override async reconcile(key: string, { signal }: Pass): Promise<Result> {
    if (!this.cluster.view.isSynced) return again(UNSYNCED_RETRY_MS);
    const sight = await this.look(key);
    if (sight.live === undefined) return this.restore(key, sight);
    return this.meet({ ...sight, live: sight.live }, signal);
  }

  private async look(key: string): Promise<Sight> {
    const { view, settings, hasNamespace } = this.cluster;
    const { namespace = '', name } = refOfKey(key);
    const tenant = await this.record.tenants.findByName(namespace);
    const row = tenant && (await this.record.agents.findByName(tenant.id, name));
    const live = view.find({ namespace, name });
    const installId = installIdOf(settings);
    const facts = { tenant, row, live, hasNamespace: hasNamespace(namespace), installId };
    return { tenant, row, live, scene: planAgentDoor(facts) };
  }

  /** A resource that is missing is made. */
  private async restore(key: string, { tenant, row, scene }: Sight): Promise<Result> {
    this.cluster.keeper.forget(key);
    return scene === 'make' && tenant && row ? this.make(tenant, row) : DONE;
  }

  private async meet(
    { tenant, row, live, scene }: Sight & Pick<Place, 'live'>,
    signal: AbortSignal,
  ): Promise<Result> {
    if (scene === 'release') return this.letOff(live);
    if (tenant === null || scene === 'nothing') return DONE;
    if (scene === 'deletion') return this.deletion({ tenant, row, live }, signal);
    return this.take({ tenant, row, live });
  }

  /**
   * Lets go of the resource of an agent that is off its node.
   *
   * @returns whether it is gone
   */
  async release(row: AgentRecord): Promise<boolean> {
    const { view, keeper } = this.cluster;
    if (!view.isSynced) return false;
    const tenant = await this.record.tenants.find(row.tenantId);
    const live = tenant && view.find({ namespace: tenant.crName, name: row.name });
    if (live === null || live === undefined || !belongsTo(row, live)) return true;
    if (isDeleting(live)) return keeper.writes.release(live, AGENT_FINALIZER);
    await keeper.writes.remove(live);
    return false;
  }

  private async make(tenant: TenantRecord, row: AgentRecord): Promise<Result> {
    const { keeper, settings } = this.cluster;
    const isLoss = row.resourceUid !== null;
    if (isLoss) await this.record.adoption.lost(row, 'its resource vanished without a deletion');
    const made = await keeper.make(wantedAgent(row, tenant, settings), row.origin);
    const { uid } = made.metadata;
    if (uid !== undefined) await this.record.agents.recordObserved(row, { resourceUid: uid });
    if (isLoss) keeper.say(made, 'Warning', 'ResourceRestored', RESTORED);
    return this.tell(made, row, undefined);
  }

  private async take({ tenant, row, live }: Place): Promise<Result> {
    const { keeper, settings } = this.cluster;
    const taken: AgentTaken = await this.record.adoption.take(resourceOf(tenant, row, live));
    const { agent } = taken;
    if (taken.outcome === 'refused') return this.tell(live, agent, NOTICES.refused(taken));
    if (taken.outcome === 'tombstone') {
      await keeper.writes.remove(live);
      return DONE;
    }
    if (agent === null) return DONE;
    const wanted = wantedAgent(agent, tenant, settings);
    const { live: current, notice } = await keeper.keepUp(live, wanted, agent.origin);
    await this.tell(current, agent, notice);
    return notice === undefined ? DONE : again(CONTEST_RETRY_MS);
  }

  private async deletion({ tenant, row, live }: Place, signal: AbortSignal): Promise<Result> {
    const { api, keeper } = this.cluster;
    const why = await lossOf(api, keeper.writes.kind, live, signal);
    if (why !== undefined) {
      if (row !== null) await this.record.adoption.lost(row, why);
      return this.lose(live, why);
    }
    const buried = await this.record.adoption.deleted(resourceOf(tenant, row, live));
    // What was buried is let go once it is off the node.
    return buried === null ? this.letOff(live) : DONE;
  }

  /** One that is no intent goes without anything being torn down, and is made again. */
  private async lose(live: Kept<NexusAgent>, why: string): Promise<Result> {
    const { writes } = this.cluster.keeper;
    if (why === VANISHED) writes.went(live);
    else if (!(await writes.release(live, AGENT_FINALIZER))) return DONE;
    return again(RESTORE_AFTER_MS);
  }

  private async letOff(live: Kept<NexusAgent>): Promise<Result> {
    await this.cluster.keeper.writes.release(live, AGENT_FINALIZER);
    return DONE;
  }

  private async tell(
    live: Kept<NexusAgent>,
    row: AgentRecord | null,
    notice: DoorNotice | undefined,
  ): Promise<Result> {
    if (!isTellable(row, notice)) return DONE;
    const { keeper } = this.cluster;
    await keeper.tell(live, agentStatus(live, row, notice, this.record.clock.nowIso()), notice);
    return DONE;
  }
}

const RESTORED = 'It vanished without having been deleted, and was made again.';

/** The resource as the record reads it. */
function resourceOf(
  { id }: TenantRecord,
  row: AgentRecord | null,
  live: Kept<NexusAgent>,
): AgentResource {
  const { name, uid = '' } = live.metadata;
  return {
    tenantId: id,
    name,
    uid,
    origin: originOf(live),
    fieldManager: managerOf(live, row?.fieldManager),
    agentSpec: live.spec.agentSpec,
    paused: live.spec.paused ?? false,
  };
}
