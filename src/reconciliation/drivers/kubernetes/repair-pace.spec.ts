import { describe, expect, it } from 'vitest';
import { RepairPace } from './repair-pace.js';
import type { ObjectDifference } from './tenant-differences.js';

const SECOND = 1_000;

function difference(replicas: number): ObjectDifference {
  const metadata = { namespace: 'tenant-a', name: 'astromesh-node' };
  const common = { apiVersion: 'apps/v1', kind: 'Deployment', metadata };
  const applied = { ...common, spec: { replicas: 1 } };
  return { applied, live: { ...common, spec: { replicas } } as never, paths: ['spec.replicas'] };
}

describe('the pace of repairs', () => {
  let nowMs = 0;
  const pace = (): RepairPace => new RepairPace({ monotonicMs: () => nowMs });

  it('slows down where the same change comes again and again', () => {
    const repairs = pace();
    for (let time = 0; time < 5; time++) {
      expect(repairs.contested([difference(3)])).toBeUndefined();
      repairs.repaired(difference(3));
      nowMs += SECOND;
    }
    expect(repairs.contested([difference(3)])).toEqual({
      fields: ['Deployment astromesh-node: spec.replicas'],
      waitMs: 29 * SECOND,
    });
    nowMs += 29 * SECOND;
    expect(repairs.contested([difference(3)])).toBeUndefined();
  });

  it('slows down where the same fields are changed to something else each time', () => {
    const repairs = pace();
    for (let replicas = 2; replicas < 17; replicas++) {
      expect(repairs.contested([difference(replicas)])).toBeUndefined();
      repairs.repaired(difference(replicas));
      nowMs += SECOND;
    }
    expect(repairs.contested([difference(17)])).toMatchObject({ waitMs: 29 * SECOND });
    const elsewhere = { ...difference(17), paths: ['spec.paused'] };
    expect(repairs.contested([elsewhere])).toBeUndefined();
  });

  it('does not mind changes that differ, nor such as are long ago', () => {
    const repairs = pace();
    for (let replicas = 2; replicas < 12; replicas++) repairs.repaired(difference(replicas));
    expect(repairs.contested([difference(2)])).toBeUndefined();
    for (let time = 0; time < 10; time++) {
      repairs.repaired(difference(3));
      nowMs += 20 * SECOND;
    }
    expect(repairs.contested([difference(3)])).toBeUndefined();
  });
});
