import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ollamaSays, startModelServer } from '../../../test/support/model-server.js';
import { SystemClock } from '../../platform/clock/system-clock.js';
import { buildAgent, type ModelBlock } from '../agent.build.js';
import { EndpointGuard } from './endpoint-guard.js';
import { ModelHttp } from './model-http.js';
import { OllamaProvider } from './ollama.js';
import type { ModelAnswer } from './provider.types.js';

const provider = new OllamaProvider(new ModelHttp(new EndpointGuard([]), new SystemClock()));

function blockOf(primary: object): ModelBlock {
  const spec = { model: { primary: { provider: 'ollama', ...primary } } };
  const [block] = buildAgent({ metadata: { name: 'a' }, spec }).models;
  if (!block) throw new Error('no block');
  return block;
}

function ask(primary: object, onToken?: (text: string) => void): Promise<ModelAnswer> {
  const signal = new AbortController().signal;
  const messages = [{ role: 'user' as const, content: 'hi' }];
  return provider.complete({ block: blockOf(primary), messages, onToken, signal });
}

describe('OllamaProvider', () => {
  it('asks for a whole answer, with the parameters where Ollama wants them', async () => {
    const model = await startModelServer(ollamaSays('Hel', 'lo'));
    const answer = await ask({
      endpoint: model.url,
      model: 'm',
      temperature: 0.2,
      max_tokens: 9,
      parameters: { keep_alive: '5m', model: 'other', stream: true },
    });
    const counts = { inputTokens: 7, outputTokens: 2, cost: 0 };
    expect(answer).toEqual({ content: 'Hello', model: 'm', ...counts });
    expect(model.requests).toMatchObject([{ path: '/api/chat' }]);
    expect(model.requests[0]?.body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
      options: { temperature: 0.2, num_predict: 9 },
      keep_alive: '5m',
    });
  });

  it('streams', async () => {
    const model = await startModelServer(ollamaSays('Hel', 'lo\n', ' you'));
    const tokens: string[] = [];
    const answer = await ask({ endpoint: model.url }, (text) => tokens.push(text));
    expect(tokens).toEqual(['Hel', 'lo\n', ' you']);
    expect(answer).toMatchObject({ content: 'Hello\n you', inputTokens: 7, outputTokens: 2 });
    expect(model.requests[0]?.body).toMatchObject({ stream: true, model: 'llama3' });
  });

  it('knows a model that was not pulled', async () => {
    const model = await startModelServer((response) => {
      response.statusCode = 404;
      response.end('{"error":"model not found"}');
    });
    await expect(ask({ endpoint: model.url })).rejects.toMatchObject({
      code: 'model_ollama_chat_404',
      extra: { hint: expect.stringContaining('model not found') },
    });
  });

  const bad: [string, string, string][] = [
    ['HTML', '<html>', 'model_bad_response'],
    ['an error with status 200', '{"error":"out of memory"}', 'model_provider_http_error'],
    ['no message', '{"done":true}', 'model_bad_response'],
    ['a list', '[]', 'model_bad_response'],
  ];
  it.each(bad)('refuses %s', async (_what, text, code) => {
    const model = await startModelServer((response: ServerResponse) => response.end(text));
    await expect(ask({ endpoint: model.url })).rejects.toMatchObject({ code });
  });

  const badStreams: [string, string, string][] = [
    ['a broken line', '{"message":{"content":"a"}}\n{"mess\n', 'model_bad_response'],
    ['a line that is no object', '5\n', 'model_bad_response'],
    ['a stream that ends early', '{"message":{"content":"a"}}\n', 'model_bad_response'],
    ['an error on the way', '{"error":"boom"}\n', 'model_provider_http_error'],
    ['nothing', '', 'model_bad_response'],
  ];
  it.each(badStreams)('refuses %s', async (_what, text, code) => {
    const model = await startModelServer((response: ServerResponse) => response.end(text));
    const streamed = ask({ endpoint: model.url }, () => undefined);
    await expect(streamed).rejects.toMatchObject({ code });
  });
});
