import type { Clock } from '../../../platform/clock/clock.js';
import type { KubernetesObject } from '../../../platform/kubernetes/kubernetes-object.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { TenantRecord } from '../../../tenants/tenant-sync.service.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { NODE_NAME } from '../../resources/resource-names.js';
import type { NodeTrouble, Underway } from '../driver.js';
import type { LiveCluster } from './cluster.js';
import { DEPLOYMENT, NAMESPACE, OWNED_KINDS } from './cluster-kinds.js';
import { variablesGiven } from './applied-objects.js';
import { callOf } from './call.js';
import { heldNode } from './held-node.js';
import { refusalOf } from './cluster-refusal.js';
import { KnownInSync } from './known-in-sync.js';
import { isTerminating, whyRemaining } from './namespace-state.js';
import { ObjectWriter } from './object-writer.js';
import type { TenantWish } from './objects/tenant-wish.js';
import type { DeploymentObject, NamespaceObject, PodObject } from './pod.types.js';
import { RepairPace } from './repair-pace.js';
import type { RolloutHold } from './rollout.js';
import { RolloutGate } from './rollout-gate.js';
import { fieldsOf, type ObjectDifference } from './tenant-differences.js';
import { keepingSecret, VariablesSecret } from './variables-secret.js';
import { wishOfTenant } from './wish-of-tenant.js';

/** A namespace that is going tells so; this is for the one that hangs without another word. */
const GOING_RETRY_MS = 30_000;

/** What is known of a tenant's namespace and what is in it. */
export interface PlaceSight {
  readonly deployment: DeploymentObject | undefined;
  readonly pods: readonly PodObject[];
  /** What is not as it is wanted, for people. */
  readonly drift: readonly string[];
  readonly trouble: NodeTrouble | undefined;
  /** Why its node is not replaced for new settings just now. */
  readonly hold: RolloutHold | undefined;
}

interface Comparison {
  wish: TenantWish;
  /** The node as it counts for a rollout. */
  standing: DeploymentObject | undefined;
  differences: ObjectDifference[];
  hold: RolloutHold | undefined;
}

interface WritingPass {
  wish: TenantWish;
  /** Whether the tenant was in sync with this very wish: what differs was changed by somebody. */
  wasSettled: boolean;
  signal: AbortSignal | undefined;
}

/** The namespace of a tenant with all that is in it: seen, put right, removed. */
export class TenantPlace {
  private readonly writer: ObjectWriter;
  private readonly secret: VariablesSecret;
  private readonly pace: RepairPace;
  private readonly rollout: RolloutGate;
  private readonly known: KnownInSync;
  /** What each tenant was last seen or made to be in sync with; a difference is drift then. */
  private readonly settled = new Map<string, string>();
  /** By namespace, nodes that may not be replaced, as they were when that began. */
  private readonly kept = new Map<string, DeploymentObject>();

  constructor(
    private readonly cluster: LiveCluster,
    clock: Clock,
    private readonly logger: Logger,
  ) {
    this.writer = new ObjectWriter(cluster);
    this.secret = new VariablesSecret(cluster, logger);
    this.pace = new RepairPace(clock);
    this.rollout = new RolloutGate(cluster);
    this.known = new KnownInSync(cluster.settings);
  }

  /** Looks, by what the watches have told; asks nothing. */
  look(tenant: TenantRecord, variables: GivenVariables): PlaceSight {
    const deployment = this.deploymentOf(tenant);
    const pods = this.podsOf(tenant.crName);
    const namespace = this.namespaceOf(tenant);
    if (namespace !== undefined && isTerminating(namespace)) {
      const trouble = this.going(namespace);
      return { deployment, pods, drift: [], trouble, hold: undefined };
    }
    if (namespace !== undefined) this.writer.remember(namespace);
    const { wish, differences, hold } = this.compare(tenant, variables);
    const drift = differences.flatMap(fieldsOf);
    if (drift.length === 0) this.settled.set(tenant.id, JSON.stringify(wish));
    const contested = this.pace.contested(differences);
    if (contested === undefined) return { deployment, pods, drift, trouble: undefined, hold };
    const message = `Somebody else keeps changing what is put right: ${contested.fields.join(', ')}.`;
    return {
      deployment,
      pods,
      hold,
      drift: [],
      trouble: { reason: 'DriftContested', message, class: 'noted', afterMs: contested.waitMs },
    };
  }

  /**
   * Makes everything as it is wanted: the namespace, what is in it, the node last.
   *
   * @throws DriverRefusal, or an error that is transient
   */
  async put(tenant: TenantRecord, variables: GivenVariables, signal?: AbortSignal): Promise<void> {
    const { wish, standing, differences, hold } = this.compare(tenant, variables);
    const wasSettled = this.settled.get(tenant.id) === JSON.stringify(wish);
    const pass = { wish, wasSettled, signal };
    const node = hold === undefined ? standing : undefined;
    const leave = this.rollout.enter(node, tenant.crName);
    try {
      await this.writeAll(differences, variables, pass);
    } finally {
      leave();
    }
    if (differences.length > 0) {
      this.logger.log('Tenant written', {
        tenant: tenant.id,
        objects: differences.map(({ applied }) => applied.kind),
      });
    }
  }

  private async writeAll(
    differences: readonly ObjectDifference[],
    variables: GivenVariables,
    pass: WritingPass,
  ): Promise<void> {
    const of = (kind: string) => differences.filter(({ applied }) => applied.kind === kind);
    const apart = [NAMESPACE.kind, DEPLOYMENT.kind];
    await this.write(of(NAMESPACE.kind), pass);
    await this.write(
      differences.filter(({ applied }) => !apart.includes(applied.kind)),
      pass,
    );
    for (const difference of of(DEPLOYMENT.kind)) {
      if (variablesGiven(difference.live) !== variablesGiven(difference.applied)) {
        await this.secret.write(pass.wish, variables, pass.signal);
      }
      await this.write([difference], pass);
    }
  }

  /** Takes everything down; gone only when Kubernetes says so. Others' namespaces are left alone. */
  async remove(tenant: TenantRecord, signal?: AbortSignal): Promise<Underway | undefined> {
    const { api } = this.cluster;
    const { crName: name } = tenant;
    try {
      const found = await api.find<NamespaceObject>(NAMESPACE, { name }, callOf(signal));
      if (found === undefined || !this.writer.owns(found, tenant)) {
        this.forget(tenant);
        return undefined;
      }
      this.writer.remember(found);
      const { uid } = found.metadata;
      if (!isTerminating(found)) {
        await api.delete(
          NAMESPACE,
          { name },
          { ...callOf(signal), ...(uid === undefined ? {} : { uid }) },
        );
      }
      return this.going(found);
    } catch (error) {
      throw refusalOf(error, `delete Namespace ${name}`);
    }
  }

  /** Namespaces of tenants whose node waited for new settings, when they may have them now. */
  freed(): string[] {
    return this.rollout.freed();
  }

  private forget({ id, crName }: TenantRecord): void {
    this.settled.delete(id);
    this.kept.delete(crName);
    this.known.forget(id);
    this.rollout.forget(crName);
    this.writer.forget(crName);
  }

  private going(namespace: NamespaceObject): Underway {
    return {
      reason: 'NamespaceTerminating',
      message: whyRemaining(namespace),
      class: 'waiting',
      afterMs: GOING_RETRY_MS,
    };
  }

  /** What differs and may be put right now. */
  private compare(tenant: TenantRecord, variables: GivenVariables): Comparison {
    const resource = this.resourceOf(tenant);
    const standing = this.standingOf(tenant);
    const given = variablesGiven(standing);
    const marked = { resource, namespace: this.namespaceOf(tenant) };
    const wish = keepingSecret(wishOfTenant(tenant, variables, resource), marked, given);
    const hold = this.rollout.holdOf(standing, tenant.crName);
    const mayReplace = hold === undefined && variables.unreadable.length === 0;
    const wanted = this.known.objectsOf(wish);
    const objects = mayReplace ? wanted : this.keepNode(wanted, tenant.crName, standing);
    if (mayReplace) this.kept.delete(tenant.crName);
    const differences = this.known.differences(objects, (applied) =>
      this.cluster.of(applied.kind).find(applied.metadata),
    );
    return { wish, standing, hold, differences };
  }

  /** The node; one that waits and that somebody has changed or deleted counts as it was. */
  private standingOf(tenant: TenantRecord): DeploymentObject | undefined {
    const live = this.deploymentOf(tenant);
    if (live !== undefined && this.rollout.isCurrent(live)) this.kept.delete(tenant.crName);
    return this.kept.get(tenant.crName) ?? live;
  }

  /** What is wanted, with the node's pods left as they are; one that is not there is not made. */
  private keepNode(
    wanted: readonly AppliedObject[],
    namespace: string,
    standing: DeploymentObject | undefined,
  ): AppliedObject[] {
    if (standing === undefined) return wanted.filter(({ kind }) => kind !== DEPLOYMENT.kind);
    this.kept.set(namespace, standing);
    return wanted.map((one) => (one.kind === DEPLOYMENT.kind ? heldNode(one, standing) : one));
  }

  /** Writes objects next to each other; of several failures the first is thrown. */
  private async write(
    differences: readonly ObjectDifference[],
    { wish, wasSettled, signal }: WritingPass,
  ): Promise<void> {
    signal?.throwIfAborted();
    const outcomes = await Promise.allSettled(
      differences.map(async (difference) => {
        const written = await this.writer.write(difference, wish, signal);
        if (wasSettled) this.tellRepair(difference, written);
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** Somebody else had changed it. */
  private tellRepair(difference: ObjectDifference, written: KubernetesObject): void {
    const { applied, paths } = difference;
    const { name, namespace } = applied.metadata;
    const kind = OWNED_KINDS.find((one) => one.kind === applied.kind) ?? DEPLOYMENT;
    this.pace.repaired(difference);
    const message =
      paths.length === 0 ? 'Made again: it was missing.' : `Put back: ${paths.join(', ')}.`;
    const subject = { kind, namespace, name, uid: written.metadata.uid };
    this.cluster.events.record(subject, 'Warning', 'DriftRepaired', message);
  }

  private deploymentOf({ crName }: TenantRecord): DeploymentObject | undefined {
    return this.cluster.of(DEPLOYMENT.kind).find({ namespace: crName, name: NODE_NAME });
  }

  private namespaceOf({ crName }: TenantRecord): NamespaceObject | undefined {
    return this.cluster.of(NAMESPACE.kind).find({ name: crName });
  }

  private podsOf(namespace: string): PodObject[] {
    return this.cluster.pods.store.byIndex('namespace', namespace);
  }

  private resourceOf({ crName }: TenantRecord): NexusTenant | undefined {
    const { namespace } = this.cluster.settings;
    return this.cluster.tenants.store.get({ namespace, name: crName });
  }
}
