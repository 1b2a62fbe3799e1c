import { Injectable } from '@nestjs/common';
import type { ClusterTenantsConfig } from '../../config/cluster-tenants.config.js';
import { Clock } from '../../platform/clock/clock.js';
import {
  again,
  DONE,
  type Pass,
  Reconciler,
  type Result,
} from '../../platform/controller/reconciler.js';
import { Reader } from '../../platform/database/unit-of-work.js';
import type { KubernetesApi } from '../../platform/kubernetes/kubernetes-api.js';
import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import { AgentCounter } from '../../tenants/agent-counter.js';
import {
  TenantAdoption,
  type TenantResource,
  type TenantTaken,
} from '../../tenants/tenant-adoption.service.js';
import { TenantDeletions } from '../../tenants/tenant-deletions.service.js';
import { TenantOwners } from '../../tenants/tenant-owners.service.js';
import { type TenantRecord, TenantSyncService } from '../../tenants/tenant-sync.service.js';
import { NAMESPACE } from '../drivers/kubernetes/cluster-kinds.js';
import type { NexusTenant } from '../resources/nexus-tenant.schemas.js';
import {
  OWNER_ANNOTATION,
  SECRET_ANNOTATION,
  SECRET_MADE,
  SECRET_OF_BEFORE,
  TENANT_FINALIZER,
  TENANT_ID_ANNOTATION,
} from '../resources/resource-names.js';
import { CONTEST_RETRY_MS } from './contest.js';
import { lossOf, VANISHED } from './departure.js';
import { isDeleting, type Kept, managerOf, originOf, RESOURCE_MANAGER } from './kept-resource.js';
import { NOTICES } from './notices.js';
import type { ResourceKeeper } from './resource-keeper.js';
import { type DoorNotice, isTellable, tenantStatus } from './resource-status.js';
import type { ResourceView } from './resource-view.js';
import { belongsTo, planTenantDoor } from './tenant-door.plan.js';
import { wantedTenant } from './wanted-resource.js';

const UNSYNCED_RETRY_MS = 500;
/** What it went with takes a moment to go as well. */
const RESTORE_AFTER_MS = 200;

/** What speaks to the cluster, for the resources of tenants. */
export interface TenantDoorCluster {
  readonly api: KubernetesApi;
  readonly settings: ClusterTenantsConfig;
  readonly view: ResourceView<NexusTenant>;
  readonly keeper: ResourceKeeper<NexusTenant>;
  /** The namespace of that name, where it is ours. */
  readonly namespaceOf: (name: string) => KubernetesObject | undefined;
}

/** Services of the record that a door of tenants uses. */
@Injectable()
export class TenantDoorServices {
  constructor(
    readonly tenants: TenantSyncService,
    readonly adoption: TenantAdoption,
    readonly deletions: TenantDeletions,
    readonly owners: TenantOwners,
    readonly counter: AgentCounter,
    readonly reader: Reader,
    readonly clock: Clock,
  ) {}
}

/** Keeps a NexusTenant and its row in step; the key is the name of both. */
export class TenantDoor extends Reconciler {
  override readonly name = 'tenant-resource';

  constructor(
    private readonly cluster: TenantDoorCluster,
    private readonly record: TenantDoorServices,
  ) {
    super();
  }

  override async reconcile(name: string, { signal }: Pass): Promise<Result> {
    const { view, settings, keeper } = this.cluster;
    if (!view.isSynced) return again(UNSYNCED_RETRY_MS);
    const row = await this.record.tenants.findByName(name);
    const live = view.find({ namespace: settings.namespace, name });
    const scene = planTenantDoor(row, live);
    if (live === undefined) {
      keeper.forget(`${settings.namespace}/${name}`);
      return scene === 'make' && row !== null ? this.make(row) : DONE;
    }
    if (scene === 'take') return this.take(row, live);
    if (scene === 'bury') return this.bury(live);
    if (scene === 'release' || row === null) return this.letOff(live);
    return this.deletion(row, live, signal);
  }

  /**
   * Lets go of the resource of a tenant that is taken down.
   *
   * @returns whether it is gone
   */
  async release(row: TenantRecord): Promise<boolean> {
    const { view, settings, keeper } = this.cluster;
    if (!view.isSynced) return false;
    const live = view.find({ namespace: settings.namespace, name: row.crName });
    if (live === undefined || !belongsTo(row, live)) return true;
    if (isDeleting(live)) return keeper.writes.release(live, TENANT_FINALIZER);
    await keeper.writes.remove(live);
    return false;
  }

  /** Takes the finalizers off all resources that are being deleted, by a list of its own. */
  async evacuate(): Promise<void> {
    const { api, settings, keeper } = this.cluster;
    const { namespace } = settings;
    const { items } = await api.list<NexusTenant>(keeper.writes.kind, { namespace });
    const going = items.filter(isDeleting);
    await Promise.all(going.map((live) => keeper.writes.release(live, TENANT_FINALIZER)));
  }

  private async make(row: TenantRecord): Promise<Result> {
    const { keeper } = this.cluster;
    const isLoss = row.resourceUid !== null;
    if (isLoss) await this.record.adoption.lost(row, 'its resource vanished without a deletion');
    const made = await keeper.make(await this.wanted(row), row.origin);
    const { uid } = made.metadata;
    if (uid !== undefined) await this.record.tenants.recordObserved(row, { resourceUid: uid });
    if (isLoss) keeper.say(made, 'Warning', 'ResourceRestored', RESTORED);
    return this.tell(made, row, undefined);
  }

  /**
   * Notes, before a tenant is adopted, that its variables are those of a record which is lost. It is
   * adopted when the watch tells so, because what is in its namespace is written by what that tells.
   */
  private async keepSecret({ metadata }: Kept<NexusTenant>): Promise<Result> {
    const { api, keeper, namespaceOf } = this.cluster;
    const { name, uid, resourceVersion } = metadata;
    const annotations = { [SECRET_ANNOTATION]: SECRET_OF_BEFORE };
    const options = { fieldManager: RESOURCE_MANAGER };
    // First what outlives the resource: with that marked, this is not done again.
    if (namespaceOf(name) !== undefined) {
      await api.mergePatch(NAMESPACE, { name }, { metadata: { annotations } }, options);
    }
    const patch = { metadata: { uid, resourceVersion, annotations } };
    await api.mergePatch(keeper.writes.kind, metadata, patch, options);
    return again(UNSYNCED_RETRY_MS);
  }

  private async take(row: TenantRecord | null, live: Kept<NexusTenant>): Promise<Result> {
    if (row === null && this.isSecretMade(live)) return this.keepSecret(live);
    const taken = await this.record.adoption.take(await this.resource(live));
    return this.keepUp(live, taken);
  }

  private async keepUp(live: Kept<NexusTenant>, taken: TenantTaken): Promise<Result> {
    const { keeper } = this.cluster;
    const { tenant } = taken;
    if (taken.outcome === 'refused') return this.tell(live, tenant, NOTICES.refused(taken));
    if (taken.outcome === 'waits') return this.tell(live, null, NOTICES.predecessor);
    // It was deleted since it was looked at; that wakes it.
    if (taken.outcome === 'tombstone' || tenant === null) return DONE;
    const wanted = await this.wanted(tenant);
    const { live: current, notice } = await keeper.keepUp(live, wanted, tenant.origin);
    await this.tell(current, tenant, notice);
    return notice === undefined ? DONE : again(CONTEST_RETRY_MS);
  }

  private async bury(live: Kept<NexusTenant>): Promise<Result> {
    const { keeper } = this.cluster;
    const taken = await this.record.adoption.take(await this.resource(live));
    if (taken.outcome !== 'tombstone') {
      return isDeleting(live) ? this.letOff(live) : this.keepUp(live, taken);
    }
    if (!isDeleting(live)) await keeper.writes.remove(live);
    else await this.tell(live, taken.tenant, undefined);
    return DONE;
  }

  /** One that is no intent goes without anything being torn down, and is made again. */
  private async lose(live: Kept<NexusTenant>, why: string): Promise<Result> {
    const { writes } = this.cluster.keeper;
    if (why === VANISHED) writes.went(live);
    else if (!(await writes.release(live, TENANT_FINALIZER))) return DONE;
    return again(RESTORE_AFTER_MS);
  }

  /** A resource that holds nothing of ours goes. */
  private async letOff(live: Kept<NexusTenant>): Promise<Result> {
    await this.cluster.keeper.writes.release(live, TENANT_FINALIZER);
    return DONE;
  }

  private async deletion(
    row: TenantRecord,
    live: Kept<NexusTenant>,
    signal: AbortSignal,
  ): Promise<Result> {
    const { api, keeper, settings } = this.cluster;
    const why = await lossOf(api, keeper.writes.kind, live, signal);
    if (why !== undefined) {
      await this.record.adoption.lost(row, why);
      return this.lose(live, why);
    }
    // Its protection may be lifted while it waits to be deleted, through either door.
    const resource = await this.resource(live);
    const taken = await this.record.adoption.take(resource);
    if (taken.outcome === 'known' && taken.tenant.origin === 'api') {
      const wanted = await this.wanted(taken.tenant);
      live = (await keeper.keepUp(live, wanted, 'api')).live;
    }
    const outcome = await this.record.deletions.intend(resource, settings.deleteBurst);
    if (outcome === 'unknown') return this.letOff(live);
    if (outcome === 'accepted') return DONE;
    return this.tell(live, row, NOTICES[outcome]);
  }

  /** Writes the status, when there is something to say. */
  private async tell(
    live: Kept<NexusTenant>,
    row: TenantRecord | null,
    notice: DoorNotice | undefined,
  ): Promise<Result> {
    const { keeper } = this.cluster;
    if (!isTellable(row, notice)) return DONE;
    const { counter, reader, clock } = this.record;
    const counts = row === null ? undefined : await counter.countByTenant(reader, [row.id]);
    const agents = counts?.get(row?.id ?? '') ?? 0;
    await keeper.tell(live, tenantStatus(live, row, agents, notice, clock.nowIso()), notice);
    return DONE;
  }

  /** Whether the Secret of its variables was made from a record; the resource may be newer. */
  private isSecretMade(live: Kept<NexusTenant>): boolean {
    const namespace = this.cluster.namespaceOf(live.metadata.name);
    const [mark] = [live, namespace].flatMap((one) => {
      return one?.metadata.annotations?.[SECRET_ANNOTATION] ?? [];
    });
    return mark === SECRET_MADE;
  }

  private async wanted(row: TenantRecord) {
    const owner = row.origin === 'api' ? await this.record.owners.addressOf(row) : null;
    return wantedTenant(row, this.cluster.settings, owner);
  }

  /** The resource as the record reads it. */
  private async resource(live: Kept<NexusTenant>): Promise<TenantResource> {
    const { name, uid = '', annotations = {} } = live.metadata;
    const before = live.specManager ?? (await this.record.tenants.findByName(name))?.fieldManager;
    return {
      name,
      uid,
      origin: originOf(live),
      tenantId: annotations[TENANT_ID_ANNOTATION] ?? null,
      owner: annotations[OWNER_ANNOTATION] ?? null,
      fieldManager: managerOf(live, before),
      spec: live.spec,
    };
  }
}

const RESTORED = 'It vanished without having been deleted, and was made again.';
