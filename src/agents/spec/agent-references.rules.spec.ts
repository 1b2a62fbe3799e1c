import { describe, expect, it } from 'vitest';
import { findCycle, referencesOf } from './agent-references.rules.js';

describe('references between agents', () => {
  it('finds chains and agent-tools, with their places', () => {
    const spec = {
      chain: { on_complete: [{ agent: 'b' }, {}, { agent: 'c' }] },
      tools: [{ type: 'agent', agent: 'd' }, { type: 'builtin', agent: 'x' }, 'odd'],
    };
    expect(referencesOf({ spec })).toEqual([
      { target: 'b', path: 'spec.chain.on_complete[0].agent' },
      { target: 'c', path: 'spec.chain.on_complete[2].agent' },
      { target: 'd', path: 'spec.tools[0].agent' },
    ]);
  });

  it.each([{}, { spec: null }, { spec: { chain: [], tools: {} } }, 'text'])(
    'finds none in %j',
    (document) => {
      expect(referencesOf(document)).toEqual([]);
    },
  );

  const graph: Record<string, string[]> = { b: ['c'], c: ['a', 'e'], d: ['e'], e: [] };
  const edgesOf = (name: string): string[] => graph[name] ?? [];
  const to = (target: string) => [{ target, path: 'p' }];

  it('finds the way back to the agent that is written', () => {
    expect(findCycle('a', to('b'), edgesOf)).toEqual(['a', 'b', 'c', 'a']);
    expect(findCycle('a', to('a'), edgesOf)).toEqual(['a', 'a']);
  });

  it('is content with a graph that has none', () => {
    expect(findCycle('a', to('d'), edgesOf)).toBeUndefined();
    expect(findCycle('x', to('b'), edgesOf)).toBeUndefined();
  });

  it('visits every agent once, however the layers are joined', () => {
    let calls = 0;
    const layered = (name: string): string[] => {
      calls++;
      const layer = Number(name.split('-')[0]) + 1;
      return layer > 30 ? [] : [`${layer}-a`, `${layer}-b`];
    };
    expect(findCycle('root', [...to('1-a'), ...to('1-b')], layered)).toBeUndefined();
    expect(calls).toBeLessThanOrEqual(60);
  });
});
