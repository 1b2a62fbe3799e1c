/** The status of a pod, derived from what its one container does. */
import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from './pod.types.js';

/** What a kubelet knows of a container. */
export interface ContainerFacts {
  state: ContainerState;
  lastState: ContainerState;
  restarts: number;
  /** Its startup probe has succeeded, or it has none and runs. */
  started: boolean;
  /** Its readiness probe succeeds, or it has none and has started. */
  ready: boolean;
}

export interface PodFacts {
  container: ContainerFacts;
  podIP: string;
  hostIP: string;
  startTime: string;
}

/** The status to be written; conditions that did not flip keep their times. */
export function statusOf(pod: Pod, facts: PodFacts, now: string): PodStatus {
  const { container, podIP, hostIP, startTime } = facts;
  const neverRan = container.state.waiting !== undefined && container.restarts === 0;
  return {
    phase: neverRan ? 'Pending' : 'Running',
    podIP,
    podIPs: [{ ip: podIP }],
    hostIP,
    startTime,
    conditions: conditionsOf(pod, container, now),
    containerStatuses: [containerStatus(pod, container)],
  };
}

/** The status of a pod that its node throws out. */
export function evictedStatus(pod: Pod, message: string, now: string): PodStatus {
  const [status] = pod.status?.containerStatuses ?? [];
  const startedAt = status?.state.running?.startedAt ?? now;
  const terminated = { exitCode: 137, reason: 'Error', startedAt, finishedAt: now };
  const stopped = { ...status, ready: false, started: false, state: { terminated } };
  const unready = (condition: PodCondition): PodCondition =>
    condition.type.endsWith('Ready')
      ? { ...condition, status: 'False', reason: 'PodFailed', lastTransitionTime: now }
      : condition;
  return {
    ...pod.status,
    phase: 'Failed',
    reason: 'Evicted',
    message,
    conditions: (pod.status?.conditions ?? []).map(unready),
    containerStatuses: status === undefined ? [] : [stopped as ContainerStatus],
  };
}

/** The status of a pod for which there is no place; undefined when it says so already. */
export function unschedulableStatus(pod: Pod, message: string, now: string): PodStatus | undefined {
  const known = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (known?.status === 'False') return undefined;
  const reason = 'Unschedulable';
  const condition = { type: 'PodScheduled', status: 'False', reason, message } as const;
  return { phase: 'Pending', conditions: [{ ...condition, lastTransitionTime: now }] };
}

function conditionsOf(pod: Pod, { ready }: ContainerFacts, now: string): PodCondition[] {
  const unready = { reason: 'ContainersNotReady', message: notReady(pod) };
  const wanted: PodCondition[] = [
    { type: 'PodReadyToStartContainers', status: 'True' },
    { type: 'Initialized', status: 'True' },
    { type: 'Ready', status: ready ? 'True' : 'False', ...(!ready && unready) },
    { type: 'ContainersReady', status: ready ? 'True' : 'False', ...(!ready && unready) },
    { type: 'PodScheduled', status: 'True' },
  ];
  return wanted.map((condition) => {
    const before = pod.status?.conditions?.find(({ type }) => type === condition.type);
    const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: kept ?? now };
  });
}

function notReady({ spec }: Pod): string {
  return `containers with unready status: [${spec.containers.map(({ name }) => name).join(' ')}]`;
}

function containerStatus({ spec }: Pod, facts: ContainerFacts): ContainerStatus {
  const [{ name, image } = { name: '', image: '' }] = spec.containers;
  const { ready, started, restarts, state, lastState } = facts;
  return { name, image, imageID: image, ready, started, restartCount: restarts, state, lastState };
}
