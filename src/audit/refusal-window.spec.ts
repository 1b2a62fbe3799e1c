import { describe, expect, it } from 'vitest';
import { MOST_ADDRESSES, MOST_AN_ACTOR, RefusalWindow } from './refusal-window.js';

const ada = { kind: 'user', id: 'usr_1', label: 'ada@example.com' } as const;
const key = { kind: 'key', id: 'usr_1', label: 'ci' } as const;

describe('a minute of refusals', () => {
  it('records some of each actor, and counts the others', () => {
    const window = new RefusalWindow();
    expect(window.isEmpty).toBe(true);
    const recorded = Array.from({ length: MOST_AN_ACTOR + 3 }, (_, n) =>
      window.countActor(ada, 't_1', n % 2 === 0 ? 'a' : 'b'),
    );
    expect(recorded.filter(Boolean)).toHaveLength(MOST_AN_ACTOR);
    expect(window.countActor(key, null, 'a')).toBe(true);
    expect(window.isEmpty).toBe(false);
    expect(window.drain()).toEqual([
      { actor: ada, tenantId: 't_1', action: 'refused.many', counts: { a: 2, b: 1 } },
    ]);
    expect(window.isEmpty).toBe(true);
    expect(window.countActor(ada, null, 'a')).toBe(true);
    expect(window.drain()).toEqual([]);
  });

  it('names a tenant only for what is all about it', () => {
    const window = new RefusalWindow();
    for (let n = 0; n < MOST_AN_ACTOR; n++) window.countActor(ada, 't_1', 'a');
    window.countActor(ada, 't_2', 'a');
    expect(window.drain()).toMatchObject([{ tenantId: 't_2' }]);
    for (let n = 0; n < MOST_AN_ACTOR; n++) window.countActor(ada, 't_1', 'a');
    window.countActor(ada, 't_2', 'a');
    window.countActor(ada, 't_1', 'a');
    expect(window.drain()).toMatchObject([{ tenantId: null, counts: { a: 2 } }]);
  });

  it('counts the unknown by their address, and tells only so many apart', () => {
    const window = new RefusalWindow();
    for (let n = 0; n < MOST_ADDRESSES + 5; n++) window.countAddress(`10.0.0.${n}`, 'x');
    window.countAddress('10.0.0.1', 'y');
    window.countAddress('10.0.0.1', 'x');
    const drained = window.drain();
    expect(drained).toHaveLength(MOST_ADDRESSES + 1);
    expect(drained[1]).toEqual({
      actor: { kind: 'address', id: '10.0.0.1', label: '10.0.0.1' },
      tenantId: null,
      action: 'refused.unknown',
      counts: { x: 2, y: 1 },
    });
    expect(drained.at(-1)).toMatchObject({ actor: { id: 'other addresses' }, counts: { x: 5 } });
    expect(window.drain()).toEqual([]);
  });
});
