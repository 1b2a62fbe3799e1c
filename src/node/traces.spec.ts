import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.js';
import { TraceRecorder, TraceRing } from './traces.js';
import { usageOf } from './usage.js';

function recorded(agent: string): TraceRecorder {
  return new TraceRecorder(new ManualClock(), agent, 's');
}

describe('TraceRecorder', () => {
  it('measures spans and hangs them below the first', async () => {
    const clock = new ManualClock(new Date('2026-01-01T00:00:00.000Z'));
    const recorder = new TraceRecorder(clock, 'a', 's');
    const root = recorder.start('agent.run', { agent: 'a' });
    await clock.advance(500);
    const call = recorder.start('llm.complete', {});
    await clock.advance(250);
    recorder.finish(call, 'error', { error_message: 'no' });
    recorder.finish(root, 'ok');
    const start = Date.parse('2026-01-01T00:00:00.000Z') / 1000;
    expect(recorder.trace.spans).toMatchObject([
      { parent_span_id: null, status: 'ok', start_time: start, duration_ms: 750 },
      {
        parent_span_id: root.span_id,
        status: 'error',
        start_time: start + 0.5,
        end_time: start + 0.75,
        duration_ms: 250,
        attributes: { error_message: 'no' },
      },
    ]);
  });

  it('cuts long texts', () => {
    const span = recorded('a').start('agent.run', { query: 'x'.repeat(10_000), n: 1 });
    expect(span.attributes).toEqual({ query: 'x'.repeat(2000), n: 1 });
  });
});

describe('TraceRing', () => {
  it('keeps the last ones, newest first', () => {
    const ring = new TraceRing(3);
    for (const agent of ['a', 'b', 'a', 'c']) ring.add(recorded(agent).trace);
    const agents = (agent?: string, limit = 100): string[] =>
      ring.list(agent, limit).map((trace) => trace.agent);
    expect(agents()).toEqual(['c', 'a', 'b']);
    expect(agents(undefined, 1)).toEqual(['c']);
    expect(agents('a')).toEqual(['a']);
    expect(agents('none')).toEqual([]);
  });
});

describe('usageOf', () => {
  it('counts the answered call only', () => {
    const recorder = recorded('a');
    recorder.finish(recorder.start('llm.complete', { provider: 'ollama' }), 'error');
    expect(usageOf(recorder.trace)).toBeNull();
    const counts = { model: 'm', input_tokens: 5, output_tokens: 2, cost: 0.1 };
    recorder.finish(recorder.start('llm.complete', { provider: 'openai' }), 'ok', counts);
    expect(usageOf(recorder.trace)).toMatchObject({
      tokens_in: 5,
      tokens_out: 2,
      model: 'm',
      by_model: [{ provider: 'openai', tokens_in: 5, tokens_out: 2, cost: 0.1 }],
    });
  });
});
