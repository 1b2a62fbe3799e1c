import { describe, expect, it } from 'vitest';
import { agentRow } from '../../test/support/rows.js';
import { draftOf, follows, isRefusal, isSame, standingOf } from './agent-resource.rules.js';

const at = '2026-01-02T00:00:00.000Z';
const live = (resourceUid: string | null) => agentRow({ id: 'agt_2', resourceUid });
const buried = (resourceUid: string | null) =>
  agentRow({ id: 'agt_1', deletedAt: at, resourceUid });
const of = (uid: string, origin: 'api' | 'cluster' = 'cluster') => ({ uid, origin });

describe('where a resource belongs', () => {
  it.each([
    ['nowhere', of('a'), [], 'new', undefined],
    ['to its live row', of('a'), [live('a')], 'live', 'agt_2'],
    ['to a live row that knew another', of('b'), [live('a')], 'live', 'agt_2'],
    ['to a live row that knew none', of('a', 'api'), [live(null)], 'live', 'agt_2'],
    ['to its tombstone', of('a'), [buried('a')], 'tombstone', 'agt_1'],
    [
      'to its tombstone beside a live row',
      of('a'),
      [buried('a'), live(null)],
      'tombstone',
      'agt_1',
    ],
    ['to the live row beside a tombstone', of('b'), [buried('a'), live('b')], 'live', 'agt_2'],
    ['nowhere beside the tombstone of another', of('b'), [buried('a')], 'new', undefined],
    ['to an unseen tombstone, made by us', of('a', 'api'), [buried(null)], 'tombstone', 'agt_1'],
    ['nowhere, made by others', of('a'), [buried(null)], 'new', undefined],
    ['to the unseen tombstone', of('a', 'api'), [buried(null), live(null)], 'tombstone', 'agt_1'],
    ['to a live row that was seen', of('b', 'api'), [buried(null), live('a')], 'live', 'agt_2'],
  ] as const)('is %s', (_where, resource, rows, standing, id) => {
    const found = standingOf(resource, rows);
    expect({ standing: found.standing, id: found.row?.id }).toEqual({ standing, id });
  });

  it('decides who follows whom', () => {
    expect(follows({ origin: 'cluster' }, { origin: 'cluster' })).toBe(true);
    expect(follows({ origin: 'cluster' }, { origin: 'api' })).toBe(false);
    expect(follows({ origin: 'api' }, { origin: 'cluster' })).toBe(false);
  });
});

describe('what a resource says', () => {
  const agentSpec = {
    spec: { model: { primary: { provider: 'echo' } } },
    metadata: { name: 'bot' },
    kind: 'Agent',
    apiVersion: 'astromesh/v1',
  };
  const resource = {
    ...of('a'),
    tenantId: 't_1',
    name: 'bot',
    fieldManager: 'flux',
    paused: false,
    agentSpec,
  };

  it('is the same whatever the order of its keys', () => {
    const draft = draftOf(resource);
    if (isRefusal(draft)) throw new Error(draft.message);
    const row = agentRow({ spec: draft.spec, resourceUid: 'a', fieldManager: 'flux' });
    expect(isSame(row, resource)).toBe(true);
    expect(isSame(row, { ...resource, paused: true })).toBe(false);
    expect(isSame(row, { ...resource, uid: 'b' })).toBe(false);
    expect(isSame(row, { ...resource, fieldManager: 'helm' })).toBe(false);
    expect(isSame(row, { ...resource, agentSpec: null })).toBe(false);
  });

  it.each([
    ['nothing', undefined, 'InvalidSpec'],
    ['another kind', { ...agentSpec, kind: 'Tool' }, 'InvalidSpec'],
    ['another name', { ...agentSpec, metadata: { name: 'other' } }, 'InvalidSpec'],
    ['an inline key', { ...agentSpec, spec: { model: { x: [{ api_key: 'k' }] } } }, 'InlineSecret'],
    ['a number beyond what JSON holds', { ...agentSpec, spec: { n: 2 ** 60 } }, 'InvalidSpec'],
    ['too much', { ...agentSpec, spec: { text: 'x'.repeat(300_000) } }, 'InvalidSpec'],
  ])('is refused with %s', (_what, spec, reason) => {
    const refused = draftOf({ ...resource, agentSpec: spec });
    expect(refused).toMatchObject({ reason, message: expect.stringMatching(/\.$/) });
  });
});
