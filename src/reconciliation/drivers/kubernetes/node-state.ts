import type { NodeTrouble } from '../driver.js';
import { troubleOf } from './pod-trouble.js';
import type { DeploymentObject, PodObject } from './pod.types.js';

/** Where a node stands, as its Deployment and its pods tell it. */
export interface NodeState {
  /** `up`: its Deployment is available, so it can be asked. */
  readonly state: 'absent' | 'stopped' | 'coming' | 'up';
  /** The pod that serves and how often it was started again; undefined unless `up`. */
  readonly incarnation: string | undefined;
  readonly trouble: NodeTrouble | undefined;
}

/** Reads it; pure. */
export function nodeStateOf(
  deployment: DeploymentObject | undefined,
  pods: readonly PodObject[],
): NodeState {
  const nothing = { incarnation: undefined, trouble: undefined };
  if (deployment === undefined) return { ...nothing, state: 'absent' };
  if (deployment.spec?.replicas === 0) return { ...nothing, state: 'stopped' };
  const serving = pods.find(isServing);
  if (isAvailable(deployment) && serving !== undefined) {
    return { state: 'up', incarnation: incarnationOf(serving), trouble: undefined };
  }
  return { ...nothing, state: 'coming', trouble: troubleOf(deployment, pods) };
}

/** Whether the pod that is wanted now runs and is ready. */
export function isAvailable({ metadata, status = {} }: DeploymentObject): boolean {
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  return (
    observedGeneration >= (metadata.generation ?? 0) && updatedReplicas > 0 && availableReplicas > 0
  );
}

function isServing({ metadata, status }: PodObject): boolean {
  const containers = status?.containerStatuses ?? [];
  return (
    metadata.deletionTimestamp === undefined &&
    containers.length > 0 &&
    containers.every(({ ready }) => ready)
  );
}

function incarnationOf({ metadata: { uid = '' }, status }: PodObject): string {
  const restarts = (status?.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  return [uid, ...restarts].join('/');
}
