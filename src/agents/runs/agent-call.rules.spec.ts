import { describe, expect, it } from 'vitest';
import { factsOf } from './agent-call.rules.js';

describe('the facts of a run', () => {
  it('are read from usage, trace and steps', () => {
    const facts = factsOf({
      answer: 'x',
      usage: { tokens_in: 7, tokens_out: 5.4, model: 'm' },
      trace: {
        trace_id: 'abc',
        spans: [{ attributes: { cost: 0.0015 } }, { attributes: { cost: 0.0005 } }, {}],
      },
      steps: [{ action: 'search' }, { tool: 'fetch' }, { thought: 'hm' }, 'odd'],
    });
    expect(facts).toEqual({
      traceId: 'abc',
      model: 'm',
      tokensIn: 7,
      tokensOut: 5,
      costMicros: 2000,
      tools: '["search","fetch"]',
    });
  });

  it('are none where the node says nothing', () => {
    expect(factsOf({ answer: 'x', usage: null, trace: null })).toEqual({
      traceId: null,
      model: null,
      tokensIn: 0,
      tokensOut: 0,
      costMicros: 0,
      tools: '[]',
    });
  });

  it('fit into a column whatever the node claims', () => {
    const { tokensIn, tokensOut } = factsOf({
      answer: '',
      usage: { tokens_in: 1e12, tokens_out: -1 },
    });
    expect([tokensIn, tokensOut]).toEqual([2 ** 31 - 1, 0]);
  });
});
