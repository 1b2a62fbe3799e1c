import type { NodeTrouble } from '../driver.js';
import { forbiddenReason } from './cluster-refusal.js';
import type { ContainerState, ContainerStatus, DeploymentObject, PodObject } from './pod.types.js';

// Why a node that should run does not, as its pods and its Deployment tell it. The texts stay the
// same for as long as the trouble does: names of pods and counts are left out.

/** Restarts after which a container that runs for the moment is one that keeps ending. */
const CRASHES = 2;
const MEMORY_KILL = 'OOMKilled';

/** What containers wait for that only somebody can change. */
const WAITING: Readonly<Record<string, { reason: string; message: string }>> = Object.fromEntries(
  [
    ['ErrImagePull', 'ImagePullBackOff'],
    ['ImagePullBackOff', 'ImagePullBackOff'],
    ['ErrImageNeverPull', 'ErrImageNeverPull'],
    ['InvalidImageName', 'InvalidImageName'],
  ].map(([word = '', reason = '']) => [
    word,
    { reason, message: 'The image of the node cannot be pulled; the Events of its pod say why.' },
  ]),
);
const CANNOT_START = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

/** What keeps a node from running; undefined while it is just starting. */
export function troubleOf(
  deployment: DeploymentObject,
  pods: readonly PodObject[],
): NodeTrouble | undefined {
  const found =
    pods.map(troubleOfPod).find((trouble) => trouble !== undefined) ??
    troubleOfDeployment(deployment, pods.some(isEnding));
  return found === undefined ? undefined : { ...found, class: 'noted' };
}

/**
 * Whether a node will not come by itself. A pod that was refused is asked for again, and the quota of
 * a tenant lets go of the former one only a moment after it is gone: that counts once its time is over.
 */
export function isStuck(deployment: DeploymentObject, pods: readonly PodObject[]): boolean {
  return pods.some((pod) => troubleOfPod(pod) !== undefined) || isLate(deployment);
}

type Trouble = Pick<NodeTrouble, 'reason' | 'message'>;

function troubleOfPod(pod: PodObject): Trouble | undefined {
  const { phase, conditions = [], containerStatuses = [] } = pod.status ?? {};
  if (isEnding(pod) || phase === 'Failed') return undefined;
  const unplaced = conditions.find(({ type, reason }) => {
    return type === 'PodScheduled' && reason === 'Unschedulable';
  });
  if (unplaced !== undefined) {
    const message = `No machine has room for the node: ${unplaced.message ?? ''}`;
    return { reason: 'Unschedulable', message };
  }
  return containerStatuses.map(troubleOfContainer).find((trouble) => trouble !== undefined);
}

function isEnding({ metadata }: PodObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function troubleOfContainer(container: ContainerStatus): Trouble | undefined {
  const { reason = '', message = '' } = container.state?.waiting ?? {};
  const known = WAITING[reason];
  if (known !== undefined) return known;
  if (CANNOT_START.includes(reason)) {
    return { reason, message: `The node cannot be started: ${message}` };
  }
  if (container.ready) return undefined;
  return keepsEnding(container) || isKilledForMemory(container) ? howItEnds(container) : undefined;
}

function keepsEnding({ state, restartCount }: ContainerStatus): boolean {
  return state?.waiting?.reason === 'CrashLoopBackOff' || restartCount >= CRASHES;
}

/** Once is enough: it will happen again, and nothing else tells why it began anew. */
function isKilledForMemory(container: ContainerStatus): boolean {
  return container.started !== true && endOf(container)?.reason === MEMORY_KILL;
}

function endOf({ state, lastState }: ContainerStatus): ContainerState['terminated'] {
  return state?.terminated ?? lastState?.terminated;
}

function howItEnds(container: ContainerStatus): Trouble {
  const ended = endOf(container);
  if (ended?.reason === MEMORY_KILL) {
    const message =
      'The node used more memory than it may have, and was ended; it is started again.';
    return { reason: MEMORY_KILL, message };
  }
  const how = ended === undefined ? '' : ` (exit code ${ended.exitCode})`;
  return {
    reason: 'CrashLoopBackOff',
    message: `The node keeps ending${how}; it is started again.`,
  };
}

/** @param isEnding whether a former pod is not gone yet: until then it uses the quota up */
function troubleOfDeployment({ status }: DeploymentObject, isEnding: boolean): Trouble | undefined {
  const conditions = status?.conditions ?? [];
  const failure = conditions.find(
    ({ type, status: holds }) => type === 'ReplicaFailure' && holds === 'True',
  );
  if (failure !== undefined && isEnding) {
    return { reason: 'PodTerminating', message: 'The former pod of the node is not gone yet.' };
  }
  if (failure !== undefined) {
    const message = (failure.message ?? '').replace(/pods "[^"]*"/, 'its pod');
    return {
      reason: forbiddenReason(message) ?? 'ReplicaFailure',
      message: `The node has no pod: ${message}`,
    };
  }
  if (!isLate({ status })) return undefined;
  return {
    reason: 'ProgressDeadlineExceeded',
    message: 'The node did not become available in time.',
  };
}

function isLate({ status }: Pick<DeploymentObject, 'status'>): boolean {
  return (status?.conditions ?? []).some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
}
