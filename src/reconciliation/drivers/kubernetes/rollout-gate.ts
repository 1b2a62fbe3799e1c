import type { LiveCluster } from './cluster.js';
import { DEPLOYMENT } from './cluster-kinds.js';
import type { DeploymentObject } from './pod.types.js';
import { nodeSettingsHash, type RolloutHold, rolloutHold, SETTINGS_ANNOTATION } from './rollout.js';

/** Tenants of those that wait that are looked at when there is room. */
const WOKEN_AT_ONCE = 10;

/** Lets nodes be replaced for new settings, a few at a time. */
export class RolloutGate {
  private readonly hash: string;
  /** Namespaces of the tenants that wait. */
  private readonly held = new Set<string>();
  /** Namespaces whose node is being written: nothing of it is seen yet. */
  private readonly writing = new Set<string>();

  constructor(private readonly cluster: LiveCluster) {
    this.hash = nodeSettingsHash(cluster.settings);
  }

  /** Why a node that runs with former settings is left alone; undefined for all others. */
  holdOf(node: DeploymentObject | undefined, namespace: string): RolloutHold | undefined {
    const hold = this.isRollout(node) ? this.look(namespace) : undefined;
    if (hold === undefined) this.held.delete(namespace);
    else this.held.add(namespace);
    return hold;
  }

  /** Counts a node in while it is written; what is given back counts it out. */
  enter(node: DeploymentObject | undefined, namespace: string): () => void {
    if (!this.isRollout(node)) return () => undefined;
    this.writing.add(namespace);
    return () => void this.writing.delete(namespace);
  }

  /** Namespaces of tenants that waited, when there is room again. */
  freed(): string[] {
    if (this.held.size === 0 || this.look()?.reason === 'RolloutWaiting') return [];
    return [...this.held].slice(0, WOKEN_AT_ONCE);
  }

  forget(namespace: string): void {
    this.held.delete(namespace);
  }

  /** Whether a node was last written with the settings that are wanted now. */
  isCurrent({ metadata }: DeploymentObject): boolean {
    return metadata.annotations?.[SETTINGS_ANNOTATION] === this.hash;
  }

  private isRollout(node: DeploymentObject | undefined): boolean {
    return node !== undefined && node.spec?.replicas !== 0 && !this.isCurrent(node);
  }

  private look(namespace?: string): RolloutHold | undefined {
    const { settings, pods } = this.cluster;
    const deployments = this.cluster.of(DEPLOYMENT.kind);
    const nodes = deployments.reflector.store.list().map(({ metadata }) => ({
      deployment: (deployments.find(metadata) ?? { metadata }) as DeploymentObject,
      pods: pods.store.byIndex('namespace', metadata.namespace ?? ''),
    }));
    const others = [...this.writing].filter((one) => one !== namespace).length;
    return rolloutHold(nodes, this.hash, settings.rolloutParallel - others);
  }
}
