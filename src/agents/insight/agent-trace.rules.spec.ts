import { describe, expect, it } from 'vitest';
import { readTrace, type TracedRun, type TracePage, wholeFrom } from './agent-trace.rules.js';

const START = Date.parse('2026-01-01T00:00:00.000Z') / 1000;
const at = (second: number): string => new Date((START + second) * 1000).toISOString();

const trace = (more: object = {}, root: object = {}): object => ({
  trace_id: 't1',
  agent: 'bot',
  session_id: 's',
  spans: [
    {
      name: 'agent.run',
      status: 'ok',
      attributes: { agent: 'bot' },
      start_time: START,
      duration_ms: 1500.4,
      ...root,
    },
    {
      name: 'llm.complete',
      status: 'ok',
      attributes: { model: 'm', input_tokens: 7, output_tokens: 5, cost: 0.002 },
      start_time: START,
      duration_ms: 10,
    },
    { name: 'tool.call', attributes: { tool: 'search' }, start_time: START },
  ],
  ...more,
});

describe('the trace of a run', () => {
  it('tells what a record holds', () => {
    expect(readTrace(trace())).toEqual({
      traceId: 't1',
      agent: 'bot',
      sessionId: 's',
      startedAt: at(0),
      endedAt: at(1.5),
      durationMs: 1500,
      outcome: 'completed',
      error: null,
      model: 'm',
      tokensIn: 7,
      tokensOut: 5,
      costMicros: 2000,
      tools: '["search"]',
    });
  });

  it('tells why it failed', () => {
    const attributes = { error_message: 'no model' };
    expect(readTrace(trace({}, { status: 'error', attributes }))).toMatchObject({
      outcome: 'failed',
      error: 'no model',
    });
    expect(readTrace(trace({ session_id: 'default' }))?.sessionId).toBeNull();
  });

  it.each([
    ['nothing', null],
    ['text', 'trace'],
    ['no id', trace({ trace_id: undefined })],
    ['an id that no text can hold', trace({ trace_id: 'a\0' })],
    ['no agent', trace({ agent: 7 })],
    ['no spans', trace({ spans: [] })],
    ['no time', trace({}, { start_time: 'now' })],
    ['a time beyond all', trace({}, { start_time: 1e300 })],
    ['a negative duration', trace({}, { duration_ms: -1 })],
  ])('is not read from %s', (_what, value) => {
    expect(readTrace(value)).toBeUndefined();
  });
});

describe('since when all runs are known', () => {
  const run = (traceId: string, ended: number): TracedRun =>
    ({ traceId, endedAt: at(ended) }) as TracedRun;
  const page = (more: Partial<TracePage>): TracePage => ({
    runs: [run('b', 90), run('a', 80)],
    full: false,
    previous: undefined,
    nodeStartedAt: at(0),
    ...more,
  });
  const none = new Set<string>();

  it.each([
    ['begins with the node', undefined, page({}), none, at(0)],
    ['stands while the node runs', at(0), page({ nodeStartedAt: at(2) }), none, at(0)],
    ['begins anew when it was restarted', at(0), page({ nodeStartedAt: at(60) }), none, at(60)],
    ['goes no further back than a full page', at(0), page({ full: true }), none, at(80)],
    [
      'joins what was read before',
      at(0),
      page({ full: true, previous: new Set(['a']) }),
      none,
      at(0),
    ],
    ['joins what is on record', at(0), page({ full: true }), new Set(['a']), at(0)],
    ['never moves back', at(85), page({ full: true }), none, at(85)],
    ['is the start of an idle node', undefined, page({ runs: [] }), none, at(0)],
  ])('%s', (_what, before, read, known, expected) => {
    expect(wholeFrom(before, read, known)).toBe(expected);
  });
});
