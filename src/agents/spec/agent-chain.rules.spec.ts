import { describe, expect, it } from 'vitest';
import { type Chain, chainIssues, chainOf, chainRefusal } from './agent-chain.rules.js';

const withChain = (chain: unknown) => ({ spec: { chain } });
const paths = (chain: unknown): string[] =>
  chainIssues(withChain(chain)).map(({ path }) => path.replace('spec.chain', '') || '.');

describe('the rules of a chain', () => {
  it.each([
    ['none', undefined],
    ['null', null],
    ['one link', { on_complete: [{ agent: 'a' }] }],
    ['all of it', { mode: 'parallel', max_depth: 2, on_complete: [{ agent: 'a', when: 'x' }] }],
    [
      'a default',
      {
        on_complete: [
          { agent: 'a', when: 'x' },
          { agent: 'b', default: true },
        ],
      },
    ],
    ['an elder', { on_complete: [{ agent: 'a' }, { agent: 'b', when: 'steps.a.output.ok' }] }],
  ])('take %s', (_what, chain) => {
    expect(paths(chain)).toEqual([]);
  });

  it.each([
    ['text', 'next', '.'],
    ['no links', {}, '.on_complete'],
    ['an empty list', { on_complete: [] }, '.on_complete'],
    ['a link without an agent', { on_complete: [{ when: 'x' }] }, '.on_complete[0].agent'],
    ['an agent that is no text', { on_complete: [{ agent: 5 }] }, '.on_complete[0].agent'],
    ['another mode', { mode: 'random', on_complete: [{ agent: 'a' }] }, '.mode'],
    ['no depth', { max_depth: 0, on_complete: [{ agent: 'a' }] }, '.max_depth'],
    ['a depth in words', { max_depth: 'x', on_complete: [{ agent: 'a' }] }, '.max_depth'],
    [
      'two defaults',
      {
        on_complete: [
          { agent: 'a', default: true },
          { agent: 'b', default: true },
        ],
      },
      '.on_complete',
    ],
    [
      'a default with a condition',
      { on_complete: [{ agent: 'a', default: true, when: 'x' }] },
      '.on_complete[0].when',
    ],
    [
      'a condition that is no text',
      { on_complete: [{ agent: 'a', when: 1 }] },
      '.on_complete[0].when',
    ],
    [
      'a condition on what runs beside it',
      { mode: 'parallel', on_complete: [{ agent: 'a' }, { agent: 'b', when: 'steps.a.output' }] },
      '.on_complete[1].when',
    ],
  ])('refuse %s', (_what, chain, path) => {
    expect(paths(chain)).toEqual([path]);
  });

  it('read a chain, with the depth of a node when none is given', () => {
    expect(chainOf(withChain({ on_complete: [{ agent: 'a' }] }))).toEqual({
      maxDepth: 5,
      targets: ['a'],
    });
    expect(chainOf({ spec: {} })).toBeUndefined();
  });
});

describe('a chain that is written out', () => {
  const refusal = (chains: Record<string, Chain>) => chainRefusal('a', (agent) => chains[agent]);

  it('may have as many chains one after the other as its own limit says', () => {
    const chains = { a: { maxDepth: 2, targets: ['b'] }, b: { maxDepth: 1, targets: ['c'] } };
    expect(refusal(chains)).toBeUndefined();
    const deeper = { ...chains, c: { maxDepth: 9, targets: ['d'] } };
    expect(refusal(deeper)).toBe('is deeper than its max_depth of 2: a → b → c');
  });

  it('does not grow beyond measure through agents that are shared', () => {
    const layers = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name, index) => {
        const next = String.fromCharCode(98 + index);
        return [name, { maxDepth: 9, targets: Array.from({ length: 6 }, () => next) }];
      }),
    );
    expect(refusal(layers)).toMatch(/more than 500 links/);
  });
});
