import { describe, expect, it } from 'vitest';
import {
  ABSENT,
  Acknowledged,
  momentOf,
  type Operation,
  Thing,
  Violation,
} from './acknowledged.js';

const CHANGE = { action: 'thing.made', next: 'there' };

function entry(requestId: string, action = CHANGE.action, number = 1) {
  return { number, action, requestId };
}

describe('the model of what was acknowledged', () => {
  it('wants what was answered, and its entry in the audit', () => {
    const model = new Acknowledged();
    const thing = new Thing('it');
    const id = model.begin(thing, CHANGE);
    model.acknowledge(thing, CHANGE, id);
    expect(() => model.settle(thing, 'absent')).toThrow('it must be there, and is absent');
    model.settle(thing, 'there');
    expect(() => model.settleAudit([])).toThrow('soak-1 was thing.made, and the audit has []');
    expect(() => model.settleAudit([entry(id, 'thing.lost')])).toThrow('[thing.lost]');
    const twice = [entry(id), entry(id, CHANGE.action, 2)];
    expect(() => model.settleAudit(twice)).toThrow('[thing.made,thing.made]');
    model.settleAudit([entry(id)]);
  });

  it.each([
    ['there', true],
    ['absent', false],
  ])('takes what had no answer as it is seen: %s', (seen, happened) => {
    const model = new Acknowledged();
    const thing = new Thing('it');
    const id = model.begin(thing, CHANGE);
    expect(() => thing.state).toThrow('it is not settled');
    model.settle(thing, seen);
    expect(thing.state).toBe(seen);
    const [right, wrong] = happened ? [[entry(id)], []] : [[], [entry(id)]];
    expect(() => model.settleAudit(wrong)).toThrow(Violation);
    model.settleAudit(right);
  });

  it('tells what is asked for, and whether an answer is outstanding', async () => {
    const model = new Acknowledged();
    const [one, other] = [new Thing('one'), new Thing('other')];
    let told = false;
    const begun = model.begun(CHANGE.action).then(() => (told = true));
    model.begin(other, { action: 'thing.lost', next: 'absent' });
    await Promise.resolve();
    expect(told).toBe(false);
    const id = model.begin(one, CHANGE);
    await begun;
    expect(model.awaits(CHANGE.action)).toBe(true);
    const heard = model.heard();
    model.acknowledge(one, CHANGE, id);
    await heard;
    expect(model.awaits(CHANGE.action)).toBe(false);
    expect(model.awaits('thing.lost')).toBe(true);
    model.settle(other, 'absent');
    expect(model.awaits('thing.lost')).toBe(false);
  });

  it('lets nothing happen in half, and nothing come afterwards', () => {
    const model = new Acknowledged();
    const thing = new Thing('it');
    const id = model.begin(thing, CHANGE);
    expect(() => model.settle(thing, 'half')).toThrow('must be absent or, by soak-1, there');
    model.settle(thing, 'absent');
    model.settleAudit([]);
    expect(() => model.settleAudit([entry(id)])).toThrow('what never was: soak-1');
    expect(() => model.settle(thing, 'there')).toThrow(Violation);
    expect(() => model.settleAudit([entry('x'), entry('y')])).toThrow('a number twice');
  });
});

describe('a moment', () => {
  const thing = new Thing('it');
  const operation = (requestId: string, beganMs: number, endedMs: number): Operation => {
    return { thing, next: requestId, requestId, beganMs, endedMs };
  };
  const history = [operation('a', 1, 4), operation('b', 3, 6), operation('c', 7, Infinity)];

  it.each([
    [['a', 'b', 'c'], { afterMs: 7, beforeMs: Infinity }],
    [['a', 'b'], { afterMs: 3, beforeMs: Infinity }],
    [['b'], { afterMs: 3, beforeMs: 4 }],
    [[], { afterMs: 0, beforeMs: 4 }],
  ])('is between what is there and what is not: %j', (kept, moment) => {
    expect(momentOf(history, new Set(kept))).toEqual(moment);
  });

  it('is none when something is there and what was answered before it is not', () => {
    expect(() => momentOf(history, new Set(['a', 'c']))).toThrow('c is there, and b before it');
  });

  it('is what things are put back to', () => {
    const model = new Acknowledged(true);
    for (const next of ['one', 'two']) {
      const change = { action: 'thing.changed', next };
      model.acknowledge(thing, change, model.begin(thing, change));
    }
    model.putBack([thing], new Set(['soak-1']));
    expect(thing.state).toBe('one');
    model.putBack([thing], new Set());
    expect(thing.state).toBe(ABSENT);
    expect(model.history.every(({ beganMs, endedMs }) => beganMs <= endedMs)).toBe(true);
  });
});
