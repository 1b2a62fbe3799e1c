import { describe, expect, it } from 'vitest';
import type { Condition } from '../../platform/controller/conditions.js';
import { troublesIn } from './condition-news.js';

function condition(
  type: string,
  status: 'True' | 'False',
  reason: string,
  message = 'm',
): Condition {
  const at = { lastTransitionTime: '2026-01-01T00:00:00.000Z', observedGeneration: 1 };
  return { type, status, reason, message, ...at };
}

const ready = [condition('Ready', 'True', 'NodeReady')];
const refused = [
  condition('Ready', 'False', 'Forbidden'),
  condition('Stalled', 'True', 'Forbidden'),
];

describe('what is told in Events', () => {
  it('is a trouble, once for all conditions of its reason', () => {
    expect(troublesIn({ conditions: ready }, { phase: 'Error', conditions: refused })).toEqual([
      { reason: 'Forbidden', message: 'm' },
    ]);
    expect(troublesIn(undefined, { conditions: refused })).toHaveLength(1);
  });

  it('is nothing that was told already', () => {
    expect(troublesIn({ conditions: refused }, { conditions: refused })).toEqual([]);
  });

  it('is the same trouble when it says something else', () => {
    const other = [condition('Ready', 'False', 'Forbidden', 'n')];
    expect(troublesIn({ conditions: refused }, { conditions: other })).toEqual([
      { reason: 'Forbidden', message: 'n' },
    ]);
  });

  it('is what a tenant that is Ready lives with', () => {
    const contested = [...ready, condition('Reconciling', 'True', 'DriftContested')];
    expect(troublesIn({ conditions: ready }, { conditions: contested })).toMatchObject([
      { reason: 'DriftContested' },
    ]);
  });

  it.each(['NodeStarting', 'NodeRestarting', 'NodeNotReady', 'Suspended', 'Paused'])(
    'is not %s, which passes',
    (reason) => {
      const conditions = [condition('Ready', 'False', reason)];
      expect(troublesIn(undefined, { conditions })).toEqual([]);
    },
  );

  it('of a deletion is only what keeps it', () => {
    const going = (message: string) => ({
      phase: 'Deleting',
      conditions: [condition('Ready', 'False', 'NamespaceTerminating', message)],
    });
    expect(troublesIn({ conditions: ready }, going('The namespace a is being deleted.'))).toEqual(
      [],
    );
    const kept = 'The namespace a is being deleted: Some content has finalizers remaining: x/y';
    expect(troublesIn({ conditions: ready }, going(kept))).toHaveLength(1);
  });
});
