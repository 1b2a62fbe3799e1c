import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { EventCorrelation, type EventFacts } from './event-correlation.js';

let clock: ManualClock;
let correlation: EventCorrelation;

beforeEach(() => {
  clock = new ManualClock();
  correlation = new EventCorrelation(clock);
});

function facts(message: string, object = 'Pod n/a'): EventFacts {
  return { object, type: 'Warning', reason: 'Broken', message };
}

describe('the correlation of Events', () => {
  it('counts on what is said again', async () => {
    const first = correlation.correlate(facts('it broke'));
    await clock.advance(5_000);
    const second = correlation.correlate(facts('it broke'));
    expect(first).toMatchObject({ count: 1, message: 'it broke' });
    expect(second).toMatchObject({ count: 2, key: first?.key, firstAt: first?.firstAt });
    expect(second?.lastAt.getTime()).toBe((first?.lastAt.getTime() ?? 0) + 5_000);
  });

  it('makes one of more than ten different messages of a reason within ten minutes', () => {
    const events = Array.from({ length: 12 }, (_, nth) =>
      correlation.correlate(facts(`no. ${nth}`)),
    );
    expect(new Set(events.map((event) => event?.key)).size).toBe(11);
    expect(events[9]).toMatchObject({ count: 1, message: 'no. 9' });
    expect(events[11]).toMatchObject({
      count: 2,
      message: '(combined from similar events): no. 11',
    });
  });

  it('tells messages apart again after a pause', async () => {
    for (let nth = 0; nth < 12; nth++) correlation.correlate(facts(`no. ${nth}`));
    await clock.advance(600_001);
    expect(correlation.correlate(facts('another'))).toMatchObject({ count: 1, message: 'another' });
  });

  it('takes 25 of an object, then one in five minutes', async () => {
    const taken = () => correlation.correlate(facts('again')) !== undefined;
    expect(Array.from({ length: 30 }, taken).filter(Boolean)).toHaveLength(25);
    expect(correlation.correlate(facts('again', 'Pod n/b'))).toBeDefined();
    await clock.advance(299_999);
    expect(taken()).toBe(false);
    await clock.advance(1);
    expect([taken(), taken()]).toEqual([true, false]);
  });

  it('begins anew with what is forgotten', () => {
    const key = correlation.correlate(facts('it broke'))?.key ?? '';
    correlation.forget(key);
    expect(correlation.correlate(facts('it broke'))?.count).toBe(1);
  });
});
