import { describe, expect, it } from 'vitest';
import { tenantRow } from '../../../test/support/rows.js';
import type { NodeSight } from '../drivers/driver.js';
import { failedPlan, planTenant } from './tenant.plan.js';

const sight = (more: Partial<NodeSight>): NodeSight => ({
  state: 'running',
  endpoint: { url: 'http://127.0.0.1:24000' },
  current: true,
  incarnation: '1',
  restartInMs: 0,
  lastExit: undefined,
  ...more,
});
const ok = { ok: true, version: '0.40.0' } as const;
const RESYNC = 30_000;
const plan = (
  ...[tenant, seen, check]: [object, Partial<NodeSight>, Parameters<typeof planTenant>[2]?]
) => planTenant(tenantRow(tenant), sight(seen), check, { resyncMs: RESYNC, unreadable: [] });

describe('the plan of a tenant', () => {
  it('starts a node that is not there', () => {
    expect(plan({}, { state: 'absent' })).toMatchObject({
      operations: [{ kind: 'start' }],
      phase: 'Provisioning',
      ready: false,
    });
  });

  it('waits for a node that keeps ending, and says how it ended', () => {
    const waiting = plan({}, { state: 'stopped', restartInMs: 700, lastExit: 'exited with 1' });
    expect(waiting).toMatchObject({ operations: [], phase: 'Error', nextMs: 700 });
    expect(waiting.conditions[0]?.message).toContain('exited with 1');
  });

  it('says what went wrong when a node could not be started or stopped', () => {
    const failed = failedPlan(tenantRow(), new Error('no such program'));
    expect(failed).toMatchObject({ operations: [], phase: 'Error', ready: false });
    expect(failed.conditions.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=False',
      'Reconciling=True',
    ]);
    expect(failed.conditions[0]?.message).toContain('no such program');
  });

  it('is Ready only when the node answered a check', () => {
    expect(plan({}, { state: 'starting' })).toMatchObject({ ready: false, phase: 'Provisioning' });
    expect(plan({}, {}, ok)).toMatchObject({ ready: true, phase: 'Ready', nextMs: RESYNC });
    expect(plan({}, {}, ok).conditions).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'NodeReady',
        message: 'The node answers.',
        observedGeneration: 3,
      },
    ]);
  });

  it('restarts a node whose settings changed', () => {
    const operations = [{ kind: 'stop', reason: 'its settings changed' }];
    expect(plan({}, { current: false }, ok)).toMatchObject({ operations, nextMs: 0 });
  });

  it('restarts a node that stays silent, not one that was silent once', () => {
    const silent = (failures: number) => ({ ok: false, failures, reason: 'timeout' }) as const;
    expect(plan({}, {}, silent(1))).toMatchObject({ operations: [], phase: 'Error', ready: false });
    expect(plan({}, {}, silent(2)).operations).toEqual([]);
    expect(plan({}, {}, silent(3)).operations).toMatchObject([{ kind: 'stop' }]);
  });

  it('stops the node of a suspended tenant, once', () => {
    const suspended = { suspend: true };
    expect(plan(suspended, {}, ok)).toMatchObject({ operations: [{ kind: 'stop' }] });
    expect(plan(suspended, { state: 'stopped' })).toMatchObject({
      operations: [],
      phase: 'Suspended',
      nextMs: undefined,
    });
  });

  describe('with variables that cannot be opened', () => {
    const unreadable = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
    const without = (tenant: object, seen: Partial<NodeSight>, check?: typeof ok) =>
      planTenant(tenantRow(tenant), sight(seen), check, { resyncMs: RESYNC, unreadable });

    it.each([{ state: 'absent' }, { state: 'stopped' }, { current: false }] as const)(
      'starts nothing, stops nothing and says what to do: %j',
      (seen) => {
        const stalled = without({}, seen);
        expect(stalled).toMatchObject({ operations: [], phase: 'Error', nextMs: undefined });
        expect(stalled.conditions).toMatchObject([
          { type: 'Ready', status: 'False', reason: 'VariablesUnreadable' },
          { type: 'Stalled', status: 'True', reason: 'VariablesUnreadable' },
        ]);
        const { message } = stalled.conditions[1] ?? {};
        expect(message).toContain('A, B, C, D, E and 2 more: set or delete them');
        expect(message).toContain('NEXUS_ENCRYPTION_KEY_PREVIOUS');
      },
    );

    it('leaves a node alone that runs with them, and warns', () => {
      const running = without({}, {}, ok);
      expect(running).toMatchObject({ operations: [], ready: true, nextMs: RESYNC });
      expect(running.conditions.map(({ type }) => type)).toEqual(['Ready', 'Stalled']);
    });

    it('stops the node of a suspended tenant all the same', () => {
      expect(without({ suspend: true }, {}, ok).operations).toMatchObject([{ kind: 'stop' }]);
    });
  });
});
