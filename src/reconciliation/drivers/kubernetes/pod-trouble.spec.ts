import { describe, expect, it } from 'vitest';
import { troubleOf } from './pod-trouble.js';
import type { ContainerStatus, DeploymentObject, ObjectCondition, PodObject } from './pod.types.js';

const metadata = { namespace: 'tenant-a', name: 'astromesh-node' };

function podWith(status: Partial<ContainerStatus>, ending = false): PodObject {
  const container = { name: 'astromesh-node', ready: false, restartCount: 0, ...status };
  const gone = ending ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {};
  return { metadata: { ...metadata, ...gone }, status: { containerStatuses: [container] } };
}

function deploymentWith(...conditions: ObjectCondition[]): DeploymentObject {
  return { metadata, status: { conditions } };
}

const waiting = (reason: string): PodObject => podWith({ state: { waiting: { reason } } });

describe('what keeps a node from running', () => {
  it.each([
    ['ErrImagePull', 'ImagePullBackOff'],
    ['ImagePullBackOff', 'ImagePullBackOff'],
    ['InvalidImageName', 'InvalidImageName'],
    ['CreateContainerConfigError', 'CreateContainerConfigError'],
    ['CrashLoopBackOff', 'CrashLoopBackOff'],
  ])('is told of a container that waits with %s as %s', (word, reason) => {
    expect(troubleOf(deploymentWith(), [waiting(word)])).toMatchObject({ reason, class: 'noted' });
  });

  it('is the same while the container that keeps ending runs for a moment', () => {
    const ended = { terminated: { exitCode: 3 } };
    const between = podWith({ restartCount: 2, state: { running: {} }, lastState: ended });
    const after = podWith({
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: ended,
    });
    const [one, other] = [between, after].map((pod) => troubleOf(deploymentWith(), [pod]));
    expect(one).toEqual(other);
    expect(one?.message).toContain('exit code 3');
  });

  it('is memory where the kernel says so', () => {
    const lastState = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    const pod = podWith({ state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState });
    expect(troubleOf(deploymentWith(), [pod])?.reason).toBe('OOMKilled');
  });

  it('is memory from the first time on, until the node has started again', () => {
    const ended = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
    const reasonOf = (status: Partial<ContainerStatus>): string | undefined =>
      troubleOf(deploymentWith(), [podWith(status)])?.reason;
    expect(reasonOf({ state: ended })).toBe('OOMKilled');
    const again = { restartCount: 1, state: { running: {} }, lastState: ended };
    expect(reasonOf({ ...again, started: false })).toBe('OOMKilled');
    expect(reasonOf({ ...again, started: true })).toBeUndefined();
    const crashed = { terminated: { exitCode: 1, reason: 'Error' } };
    expect(reasonOf({ ...again, started: false, lastState: crashed })).toBeUndefined();
  });

  it('is the quota that refuses its pod, without the name of the pod', () => {
    const failure = (name: string): DeploymentObject =>
      deploymentWith({
        type: 'ReplicaFailure',
        status: 'True',
        message: `pods "astromesh-node-${name}" is forbidden: exceeded quota: q`,
      });
    const found = troubleOf(failure('abc'), []);
    expect(found).toMatchObject({ reason: 'QuotaExceeded' });
    expect(found).toEqual(troubleOf(failure('def'), []));
    expect(troubleOf(failure('abc'), [podWith({}, true)])?.reason).toBe('PodTerminating');
  });

  it('is nothing while it is just starting', () => {
    expect(troubleOf(deploymentWith(), [waiting('ContainerCreating')])).toBeUndefined();
    expect(troubleOf(deploymentWith(), [])).toBeUndefined();
  });
});
