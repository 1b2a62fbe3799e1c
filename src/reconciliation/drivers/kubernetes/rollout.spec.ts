import { describe, expect, it } from 'vitest';
import { clusterSettings } from '../../../../test/support/tenant-wish.js';
import type { DeploymentObject } from './pod.types.js';
import { nodeSettingsHash, type RollingNode, rolloutHold, SETTINGS_ANNOTATION } from './rollout.js';

const HASH = 'new';

function node(state: 'former' | 'done' | 'coming' | 'failed' | 'fresh'): RollingNode {
  const annotations = { [SETTINGS_ANNOTATION]: state === 'former' ? 'old' : HASH };
  const generation = state === 'fresh' ? 1 : 2;
  const isUp = state === 'done' || state === 'former';
  const counts = isUp ? { updatedReplicas: 1, availableReplicas: 1 } : {};
  const waiting = { reason: state === 'failed' ? 'ImagePullBackOff' : 'ContainerCreating' };
  const metadata = { name: 'astromesh-node', namespace: 'tenant-a' };
  return {
    deployment: {
      metadata: { ...metadata, generation, annotations },
      spec: { replicas: 1 },
      status: { observedGeneration: generation, ...counts },
    },
    pods: [
      {
        metadata,
        status: {
          containerStatuses: [{ name: 'n', ready: isUp, restartCount: 0, state: { waiting } }],
        },
      },
    ],
  };
}

describe('a rollout', () => {
  it('lets a few nodes be replaced at a time', () => {
    expect(rolloutHold([node('former'), node('coming'), node('done')], HASH, 2)).toBeUndefined();
    expect(rolloutHold([node('coming'), node('coming')], HASH, 2)?.reason).toBe('RolloutWaiting');
  });

  it('counts no tenant that is new', () => {
    expect(rolloutHold([node('fresh'), node('fresh')], HASH, 2)).toBeUndefined();
  });

  it('waits for no node that failed, and stops at the third', () => {
    const failed = node('failed');
    expect(rolloutHold([failed, failed], HASH, 1)).toBeUndefined();
    expect(rolloutHold([failed, failed, failed], HASH, 10)?.reason).toBe('RolloutStopped');
  });

  it('waits for a node whose pod is refused, until its time is over', () => {
    const refusal = {
      type: 'ReplicaFailure',
      status: 'True',
      message: 'exceeded quota: nexus-quota',
    };
    const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
    const refused = (...conditions: object[]): RollingNode => {
      const { deployment } = node('coming');
      const status = { ...deployment.status, conditions } as DeploymentObject['status'];
      return { deployment: { ...deployment, status }, pods: [] };
    };
    expect(rolloutHold([refused(refusal)], HASH, 1)?.reason).toBe('RolloutWaiting');
    expect(rolloutHold([refused(refusal, late)], HASH, 1)).toBeUndefined();
  });

  it('is one of settings that make other pods, and of no others', () => {
    const before = nodeSettingsHash(clusterSettings());
    expect(nodeSettingsHash(clusterSettings({ egressCidrs: ['10.0.0.1'] }))).toBe(before);
    expect(nodeSettingsHash(clusterSettings({ nodeTag: '9.9.9' }))).not.toBe(before);
  });
});
