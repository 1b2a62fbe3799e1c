import { describe, expect, it } from 'vitest';
import { NodeError } from '../../nodes/node.errors.js';
import { answerOf, Transcript } from './run-frames.rules.js';

describe('the transcript of a run', () => {
  it('puts a plain answer together from its frames', () => {
    const transcript = new Transcript();
    const call = { type: 'tool_call', id: '1', name: 'search', arguments: { q: 'x' } };
    expect(transcript.take({ type: 'status', status: 'processing' })?.type).toBe('status');
    expect(transcript.take({ type: 'token', content: 'He' })).toEqual({
      type: 'token',
      content: 'He',
    });
    expect(transcript.take(call)).toEqual(call);
    expect(transcript.take({ type: 'tool_result', id: '1', ok: true })?.type).toBe('tool_result');
    const usage = { tokens_in: 1, tokens_out: 2, model: 'm' };
    const done = transcript.take({ type: 'done', answer: 'Hello', usage, session_id: 's' });
    expect(done).toMatchObject({ type: 'done', answer: 'Hello', usage, session_id: 's' });
    const answer = answerOf(done ?? { type: 'done' });
    expect(answer).not.toHaveProperty('type');
    expect(answer.steps).toMatchObject([
      { action: 'search', action_input: { q: 'x' } },
      { action: null, result: 'Hello' },
    ]);
  });

  it('passes on nothing that nobody knows', () => {
    expect(new Transcript().take({ type: 'debug', secret: 1 })).toBeUndefined();
  });

  it('knows the tools of a run that did not end', () => {
    const transcript = new Transcript();
    transcript.take({ type: 'tool_call', name: 'search' });
    expect(transcript.facts()).toMatchObject({ tools: '["search"]', tokensIn: 0, traceId: null });
  });

  it.each([
    [{ type: 'error', message: 'no model', hint: 'start it' }, 'failed', 'no model; start it'],
    [{ type: 'error', error: 'timeout', message: 'too slow' }, 'timeout', 'too slow'],
    [{ type: 'error' }, 'failed', 'it gave no reason'],
  ])('fails with the reason of %j', (frame, kind, message) => {
    const error = ((): unknown => {
      try {
        return new Transcript().take(frame);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(NodeError);
    expect(error).toMatchObject({ kind, message });
  });
});
