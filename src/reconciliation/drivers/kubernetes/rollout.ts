import { createHash } from 'node:crypto';
import type { ClusterTenantsConfig } from '../../../config/cluster-tenants.config.js';
import { canonicalJson } from '../../../platform/json/canonical-json.js';
import { GROUP } from '../../resources/resource-names.js';
import { isAvailable } from './node-state.js';
import { nodePodTemplate } from './objects/node-pod.js';
import type { TenantWish } from './objects/tenant-wish.js';
import { isStuck } from './pod-trouble.js';
import type { DeploymentObject, PodObject } from './pod.types.js';

// A change of the settings of all nodes reaches a few tenants at a time, and stops when it does
// harm. Who is at it is read from the Deployments: a restart of this process loses nothing.

/** On a node's Deployment: the settings, common to all tenants, that it was last written with. */
export const SETTINGS_ANNOTATION = `${GROUP}/node-settings`;

/** Tenants that may fail before no other is touched. */
const MOST_FAILED = 3;

/** Any tenant at all: what its pod looks like follows from the settings alone. */
const ANY_TENANT: TenantWish = {
  id: 't_any',
  crName: 'any',
  displayName: 'any',
  nodeProfile: 'full',
  maxAgents: 1,
  cpu: '2',
  memory: '4Gi',
  suspend: false,
  deletionProtection: false,
  pinnedNodeVersion: null,
  variablesStamp: '',
};

const hashes = new WeakMap<ClusterTenantsConfig, string>();

/** Another text whenever the settings make other pods. */
export function nodeSettingsHash(settings: ClusterTenantsConfig): string {
  const known = hashes.get(settings);
  if (known !== undefined) return known;
  const text = canonicalJson(nodePodTemplate(ANY_TENANT, settings));
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  hashes.set(settings, hash);
  return hash;
}

/** A node, as a rollout looks at it. */
export interface RollingNode {
  deployment: DeploymentObject;
  pods: readonly PodObject[];
}

/** Why a node is not replaced just now. */
export interface RolloutHold {
  reason: 'RolloutWaiting' | 'RolloutStopped';
  message: string;
}

/**
 * Whether one more node may be replaced for new settings.
 *
 * @param hash of the settings that are wanted
 * @returns undefined when it may
 */
export function rolloutHold(
  nodes: readonly RollingNode[],
  hash: string,
  parallel: number,
): RolloutHold | undefined {
  // What was replaced is written more than once; a new tenant's Deployment is of generation 1.
  const rolling = nodes.filter(
    ({ deployment }) =>
      deployment.metadata.annotations?.[SETTINGS_ANNOTATION] === hash &&
      (deployment.metadata.generation ?? 1) > 1 &&
      deployment.spec?.replicas !== 0 &&
      !isAvailable(deployment),
  );
  const failed = rolling.filter(({ deployment, pods }) => isStuck(deployment, pods));
  if (failed.length >= MOST_FAILED) {
    const names = failed
      .slice(0, MOST_FAILED)
      .map(({ deployment }) => deployment.metadata.namespace);
    const message = `New settings of the nodes are held back: ${failed.length} nodes failed with them (${names.join(', ')}).`;
    return { reason: 'RolloutStopped', message };
  }
  // Those that failed are waited for no longer.
  if (rolling.length - failed.length < parallel) return undefined;
  return {
    reason: 'RolloutWaiting',
    message: 'New settings wait until the nodes of others were replaced.',
  };
}
