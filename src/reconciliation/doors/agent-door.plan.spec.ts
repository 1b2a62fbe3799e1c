import { describe, expect, it } from 'vitest';
import { type AgentFacts, planAgentDoor } from './agent-door.plan.js';

const at = '2026-01-01T00:00:00Z';
const live = { metadata: { name: 'bot', namespace: 'acme' } };
const deleting = { metadata: { ...live.metadata, deletionTimestamp: at } };
const held = {
  metadata: {
    ...deleting.metadata,
    labels: { 'nexus.astromesh.io/install-id': 'one' },
    finalizers: ['nexus.astromesh.io/agent-cleanup'],
  },
};
const FACTS: AgentFacts = {
  tenant: { deletedAt: null },
  hasNamespace: true,
  row: { id: 'agt_1' },
  live,
  installId: 'one',
};
const tombstone = { deletedAt: at };

describe('what there is to do about an agent and its resource', () => {
  it.each([
    ['a resource without a row is adopted', { row: null }, 'take'],
    ['both are kept in step', {}, 'take'],
    ['a row without a resource gets one', { live: undefined }, 'make'],
    ['but not in a namespace that goes', { live: undefined, hasNamespace: false }, 'nothing'],
    ['a deletion is looked at', { live: deleting }, 'deletion'],
    ['also of one that has no row', { live: deleting, row: null }, 'deletion'],
    ['one goes with its tenant', { live: deleting, tenant: tombstone }, 'release'],
    ['which is not asked for each', { tenant: tombstone }, 'nothing'],
    ['nor gets another', { tenant: tombstone, live: undefined }, 'nothing'],
    ["one of somebody else's is left alone", { tenant: null }, 'nothing'],
    ['also while it goes', { tenant: null, live: deleting }, 'nothing'],
    ['one that we held and nobody knows is let go', { tenant: null, live: held }, 'release'],
    ['of another install never', { tenant: null, live: held, installId: 'two' }, 'nothing'],
    ['nothing is nothing', { row: null, live: undefined }, 'nothing'],
  ] as const)('%s', (_what, more, scene) => {
    expect(planAgentDoor({ ...FACTS, ...more })).toBe(scene);
  });
});
