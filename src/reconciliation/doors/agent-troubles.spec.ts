import { describe, expect, it } from 'vitest';
import type { Condition } from '../../platform/controller/conditions.js';
import { troublesOf } from './agent-troubles.js';

const condition = (type: string, status: 'True' | 'False', reason: string): Condition => ({
  type,
  status,
  reason,
  message: `About ${reason}`,
  lastTransitionTime: '2026-01-01T00:00:00.000Z',
  observedGeneration: 1,
});

describe('the troubles of an agent', () => {
  it.each<[string, Condition[], string[]]>([
    ['runs', [condition('Ready', 'True', 'Deployed')], []],
    ['is paused', [condition('Ready', 'False', 'Paused')], []],
    ['has no node', [condition('Ready', 'False', 'NodeNotReady')], []],
    [
      'waits for another',
      [
        condition('Ready', 'False', 'ReferenceMissing'),
        condition('Reconciling', 'True', 'ReferenceMissing'),
      ],
      ['ReferenceMissing'],
    ],
    [
      'is refused, told once',
      [condition('Ready', 'False', 'SpecRejected'), condition('Stalled', 'True', 'SpecRejected')],
      ['SpecRejected'],
    ],
    [
      'runs beside a broken one',
      [condition('Ready', 'True', 'Deployed'), condition('Degraded', 'True', 'NeighbourBroken')],
      ['NeighbourBroken'],
    ],
  ])('that %s', (_, conditions, reasons) => {
    expect(troublesOf(conditions)).toEqual(
      reasons.map((reason) => ({ reason, message: `About ${reason}` })),
    );
  });
});
