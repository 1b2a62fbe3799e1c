import { describe, expect, it } from 'vitest';
import { nodeCallsIn, passesIn } from './passes.js';

describe('the passes in the metrics', () => {
  it('are counted by their reconcilers, whatever came of them', () => {
    const { done } = passesIn(
      [
        '# TYPE controller_runtime_reconcile_total counter',
        'controller_runtime_reconcile_total{controller="tenant",result="success"} 3',
        'controller_runtime_reconcile_total{controller="tenant",result="requeue_after"} 2',
        'controller_runtime_reconcile_total{result="success",controller="agent"} 7',
      ].join('\n'),
    );
    expect([...done]).toEqual([
      ['tenant', 5],
      ['agent', 7],
    ]);
  });

  it('are not all when a key waits or is worked on', () => {
    const { left } = passesIn(
      'workqueue_depth{name="tenant"} 2\ncontroller_runtime_active_workers{controller="agent"} 1\n',
    );
    expect(left).toBe(3);
  });
});

it('sums up the calls to nodes, and not how long they took', () => {
  const metrics = [
    'nexus_node_call_duration_seconds_count{operation="list"} 3',
    'nexus_node_call_duration_seconds_count{operation="status"} 4',
    'nexus_node_call_duration_seconds_sum{operation="list"} 0.5',
  ].join('\n');
  expect(nodeCallsIn(metrics)).toBe(7);
});
