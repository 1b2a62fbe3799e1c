import { describe, expect, it } from 'vitest';
import { compileChain, compileChains, readChain } from './agent.chain.js';
import type { JsonObject } from './json.js';

function agents(chains: Record<string, unknown>): Map<string, JsonObject> {
  return new Map(Object.entries(chains).map(([name, chain]) => [name, { spec: { chain } }]));
}

function to(...names: string[]): object {
  return { on_complete: names.map((agent) => ({ agent })) };
}

describe('readChain', () => {
  it('is undefined without a chain', () => {
    expect(readChain({ spec: {} })).toBeUndefined();
    expect(readChain({})).toBeUndefined();
  });

  it('reads links with their defaults', () => {
    const links = [
      { agent: 'a', when: 'output.x', on_error: 'continue' },
      { agent: 'b', default: true, input: 'say {{ output.answer }}' },
    ];
    expect(readChain({ spec: { chain: { mode: 'parallel', on_complete: links } } })).toEqual({
      mode: 'parallel',
      maxDepth: 5,
      links: [
        {
          agent: 'a',
          input: '{{ output.answer }}',
          guarded: true,
          isDefault: false,
          continueOnError: true,
        },
        {
          agent: 'b',
          input: 'say {{ output.answer }}',
          guarded: false,
          isDefault: true,
          continueOnError: false,
        },
      ],
    });
  });

  it.each([
    ['is no object', [1]],
    ['has no links', {}],
    ['has an empty list', { on_complete: [] }],
    ['has a link without agent', { on_complete: [{}] }],
    ['has a link that is no object', { on_complete: ['b'] }],
    ['has an unknown mode', { ...to('b'), mode: 'both' }],
    ['has a depth of zero', { ...to('b'), max_depth: 0 }],
    [
      'has two defaults',
      {
        on_complete: [
          { agent: 'b', default: true },
          { agent: 'c', default: true },
        ],
      },
    ],
    ['has a guarded default', { on_complete: [{ agent: 'b', default: true, when: 'x' }] }],
  ])('refuses a chain that %s', (_what, chain) => {
    expect(() => readChain({ spec: { chain } })).toThrow(
      expect.objectContaining({ kind: 'not_found', code: 'chain_invalid' }),
    );
  });
});

describe('compileChain', () => {
  it('accepts a tree in which an agent comes twice', () => {
    expect(() =>
      compileChains(agents({ a: to('b', 'c'), b: to('c'), c: undefined })),
    ).not.toThrow();
  });

  it('names a missing agent and who wants it', () => {
    const configs = agents({ ok: undefined, a: to('ok', 'gone') });
    expect(() => compileChain('ok', configs)).not.toThrow();
    expect(() => compileChains(configs)).toThrow(
      "agent 'gone', named by the chain of 'a', does not exist",
    );
  });

  it('shows the way of a cycle', () => {
    expect(() => compileChain('a', agents({ a: to('b'), b: to('a') }))).toThrow('a -> b -> a');
    expect(() => compileChain('a', agents({ a: to('a') }))).toThrow('a -> a');
  });

  it('keeps to max_depth', () => {
    const line = { a: { ...to('b'), max_depth: 2 }, b: to('c'), c: to('d'), d: undefined };
    expect(() => compileChain('a', agents(line))).toThrow('deeper than 2');
    expect(() => compileChain('b', agents(line))).not.toThrow();
  });

  it('gives up on layers that would unfold without end', () => {
    const layers: Record<string, unknown> = { end: undefined };
    for (let depth = 0; depth < 40; depth++) {
      const next = depth === 39 ? 'end' : `n${depth + 1}`;
      layers[`n${depth}`] = { ...to(next, next), max_depth: 100 };
    }
    expect(() => compileChain('n0', agents(layers))).toThrow('has over 500 links');
  });
});
