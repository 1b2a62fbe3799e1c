import { describe, expect, it } from 'vitest';
import { carryTimes, type ConditionState } from './conditions.js';

const ready = (status: 'True' | 'False', reason = 'R'): ConditionState => ({
  type: 'Ready',
  status,
  reason,
  message: '',
  observedGeneration: 1,
});

describe('conditions', () => {
  it('keep their time until the status flips', () => {
    const first = carryTimes([], [ready('False')], 't1');
    const second = carryTimes(first, [ready('False', 'Other')], 't2');
    const third = carryTimes(second, [ready('True')], 't3');
    expect([first, second, third].map(([one]) => one?.lastTransitionTime)).toEqual([
      't1',
      't1',
      't3',
    ]);
    expect(second[0]?.reason).toBe('Other');
  });

  it('are gone when they are not stated any more', () => {
    const before = carryTimes([], [ready('True'), { ...ready('True'), type: 'Stalled' }], 't1');
    expect(carryTimes(before, [ready('True')], 't2').map(({ type }) => type)).toEqual(['Ready']);
  });
});
