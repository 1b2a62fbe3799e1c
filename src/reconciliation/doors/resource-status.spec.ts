import { describe, expect, it } from 'vitest';
import { agentRow, tenantRow } from '../../../test/support/rows.js';
import { NOTICES } from './notices.js';
import { nexusAgentStatusSchema, type NexusAgent } from '../resources/nexus-agent.schemas.js';
import { nexusTenantStatusSchema, type NexusTenant } from '../resources/nexus-tenant.schemas.js';
import { agentStatus, isNews, isTellable, tenantStatus } from './resource-status.js';

const before = '2026-01-01T00:00:00.000Z';
const now = '2026-02-02T00:00:00.000Z';
const refused = NOTICES.refused({ reason: 'InlineSecret', message: 'spec.x is a secret.' });

function condition(type: string, status: 'True' | 'False', reason: string, at = before) {
  return { type, status, reason, message: 'm', lastTransitionTime: at, observedGeneration: 3 };
}

function tenantResource(status?: NexusTenant['status']): NexusTenant {
  const metadata = { name: 'tenant-1', generation: 7 };
  const apiVersion = 'nexus.astromesh.io/v1alpha1' as const;
  return { apiVersion, kind: 'NexusTenant', metadata, spec: {}, ...(status && { status }) };
}

function agentResource(status?: NexusAgent['status']): NexusAgent {
  const metadata = { name: 'bot', namespace: 'tenant-1', generation: 7 };
  const agentSpec = {} as NexusAgent['spec']['agentSpec'];
  const apiVersion = 'nexus.astromesh.io/v1alpha1' as const;
  return {
    apiVersion,
    kind: 'NexusAgent',
    metadata,
    spec: { agentSpec },
    ...(status && { status }),
  };
}

const ready = tenantRow({
  phase: 'Ready',
  nodeEndpoint: 'http://astromesh-node.tenant-1.svc:8000',
  conditions: JSON.stringify([condition('Ready', 'True', 'NodeReady')]),
});

it('is no news for another generation alone while somebody keeps rewriting the spec', () => {
  const notice = { ...NOTICES.predecessor, isContested: true };
  const told = tenantStatus(tenantResource(), ready, 0, notice, now);
  const { metadata, ...live } = tenantResource(told);
  const rewritten = { ...live, metadata: { ...metadata, generation: 8 } };
  const again = tenantStatus(rewritten, ready, 0, notice, now);
  expect(again.observedGeneration).toBe(8);
  expect(isNews(rewritten, again, notice)).toBe(false);
  expect(isNews(rewritten, again)).toBe(true);
  expect(isNews(rewritten, { ...again, phase: 'Error' }, notice)).toBe(true);
});

describe('the status of a tenant', () => {
  it('is what was observed, about the generation of the resource', () => {
    const status = tenantStatus(tenantResource(), ready, 4, undefined, now);
    expect(nexusTenantStatusSchema.parse(status)).toEqual({
      phase: 'Ready',
      namespace: 'tenant-1',
      nodeEndpoint: 'http://astromesh-node.tenant-1.svc:8000',
      agentCount: 4,
      observedGeneration: 7,
      conditions: [{ ...condition('Ready', 'True', 'NodeReady'), observedGeneration: 7 }],
    });
  });

  it('says that its deletion waits while everything keeps running', () => {
    const { phase, conditions } = tenantStatus(tenantResource(), ready, 0, NOTICES.held, now);
    expect(phase).toBe('Ready');
    expect(conditions).toMatchObject([
      { type: 'Ready', status: 'True', lastTransitionTime: before },
      { type: 'Stalled', status: 'True', reason: 'DeletionBurst', lastTransitionTime: now },
    ]);
  });

  it('has a condition once, and Reconciling only while it may end by itself', () => {
    const row = tenantRow({
      conditions: JSON.stringify([
        condition('Ready', 'False', 'NodeStarting'),
        condition('Reconciling', 'True', 'NodeStarting'),
      ]),
    });
    const { conditions } = tenantStatus(tenantResource(), row, 0, refused, now);
    expect(conditions?.map(({ type, reason }) => [type, reason])).toEqual([
      ['Ready', 'InlineSecret'],
      ['Stalled', 'InlineSecret'],
    ]);
  });

  it('keeps the time of a condition that the resource has had for longer than the row', () => {
    const older = '2025-01-01T00:00:00.000Z';
    const live = tenantResource({ conditions: [condition('Ready', 'True', 'NodeReady', older)] });
    const status = tenantStatus(live, ready, 0, undefined, now);
    expect(status.conditions?.[0]?.lastTransitionTime).toBe(older);
  });

  it('is no news when it is there already', () => {
    const status = tenantStatus(tenantResource(), ready, 4, undefined, now);
    expect(
      isNews(
        tenantResource(status),
        tenantStatus(tenantResource(status), ready, 4, undefined, now),
      ),
    ).toBe(false);
    expect(
      isNews(
        tenantResource(status),
        tenantStatus(tenantResource(status), ready, 5, undefined, now),
      ),
    ).toBe(true);
  });
});

describe('the status of an agent', () => {
  it('is what was observed', () => {
    const status = agentStatus(agentResource(), agentRow({ lastSyncedAt: before }), undefined, now);
    expect(nexusAgentStatusSchema.parse(status)).toEqual({
      phase: 'Running',
      nodeAck: true,
      lastSyncedAt: before,
      observedGeneration: 7,
      conditions: [],
    });
  });

  it('says why its spec is not taken, also when it never was', () => {
    for (const row of [null, agentRow()]) {
      expect(agentStatus(agentResource(), row, refused, now)).toMatchObject({
        phase: 'Failed',
        nodeAck: false,
        conditions: [
          { type: 'Ready', status: 'False', reason: 'InlineSecret' },
          { type: 'Stalled', status: 'True', reason: 'InlineSecret' },
        ],
      });
    }
  });
});

describe('what is told', () => {
  it('is about the wish as it stands', () => {
    expect(isTellable(agentRow({ generation: 2, observedGeneration: 2 }), undefined)).toBe(true);
    expect(isTellable(agentRow({ generation: 2, observedGeneration: 1 }), undefined)).toBe(false);
    expect(isTellable(null, undefined)).toBe(false);
  });

  it('is always what somebody has to act on', () => {
    expect(isTellable(null, refused)).toBe(true);
  });
});
