import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { startModelServer } from '../../../test/support/model-server.js';
import { SystemClock } from '../../platform/clock/system-clock.js';
import { buildAgent, type ModelBlock } from '../agent.build.js';
import { EndpointGuard } from './endpoint-guard.js';
import { ModelHttp } from './model-http.js';
import { OpenAiCompatProvider } from './openai-compat.js';
import type { ModelAnswer } from './provider.types.js';

const USAGE = { prompt_tokens: 1000, completion_tokens: 2000 };

function blockOf(primary: object): ModelBlock {
  const spec = { model: { primary: { provider: 'openai_compat', ...primary } } };
  const [block] = buildAgent({ metadata: { name: 'a' }, spec }).models;
  if (!block) throw new Error('no block');
  return block;
}

function ask(
  primary: object,
  onToken?: (text: string) => void,
  secrets: Record<string, string> = {},
): Promise<ModelAnswer> {
  const http = new ModelHttp(new EndpointGuard([]), new SystemClock());
  const provider = new OpenAiCompatProvider(http, (name) => secrets[name]);
  const signal = new AbortController().signal;
  const messages = [{ role: 'user' as const, content: 'hi' }];
  return provider.complete({ block: blockOf(primary), messages, onToken, signal });
}

function whole(response: ServerResponse): void {
  response.end(JSON.stringify({ choices: [{ message: { content: 'Hello' } }], usage: USAGE }));
}

function events(...data: unknown[]): (response: ServerResponse) => void {
  return (response) => {
    response.write(': a comment\r\nevent: message\r\n');
    for (const part of data) {
      const text = typeof part === 'string' ? part : JSON.stringify(part);
      response.write(`data: ${text}\r\n\r\n`);
    }
    response.end();
  };
}

function delta(content: string, finish_reason: string | null = null): object {
  return { choices: [{ delta: { content }, finish_reason }] };
}

describe('OpenAiCompatProvider', () => {
  it('asks for a whole answer with the key that the agent names', async () => {
    const model = await startModelServer(whole);
    const primary = {
      endpoint: `${model.url}/v1`,
      model: 'gpt-4o',
      api_key_env: 'MY_KEY',
      temperature: 0,
      parameters: { top_p: 0.5 },
    };
    const answer = await ask(primary, undefined, { MY_KEY: 'k-1', OPENAI_API_KEY: 'k-2' });
    const counts = { inputTokens: 1000, outputTokens: 2000 };
    expect(answer).toEqual({ content: 'Hello', model: 'gpt-4o', ...counts, cost: 0.0225 });
    expect(model.requests).toMatchObject([
      { path: '/v1/chat/completions', headers: { authorization: 'Bearer k-1' } },
    ]);
    expect(model.requests[0]?.body).toEqual({
      model: 'gpt-4o',
      messages: [{ role: 'user', content: 'hi' }],
      stream: false,
      temperature: 0,
      top_p: 0.5,
    });
  });

  it('sends no key that the agent does not name to an endpoint of its choice', async () => {
    const model = await startModelServer(whole);
    await ask({ endpoint: model.url }, undefined, { OPENAI_API_KEY: 'k' });
    expect(model.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(model.requests[0]?.body).toMatchObject({ model: 'gpt-4o-mini' });
  });

  it.each([
    [{ api_key_env: 'MISSING', endpoint: 'http://127.0.0.1:9' }, {}, 'MISSING'],
    [{ api_key_env: 'BAD', endpoint: 'http://127.0.0.1:9' }, { BAD: 'a\nb' }, 'BAD'],
    [{}, {}, 'OPENAI_API_KEY'],
  ])('wants the key of %j before it calls', async (primary, secrets, name) => {
    await expect(ask(primary, undefined, secrets)).rejects.toMatchObject({
      code: 'model_missing_api_key',
      extra: { hint: expect.stringContaining(name) },
    });
  });

  it('streams', async () => {
    const usage = { choices: [], usage: USAGE };
    const model = await startModelServer(
      events(delta('Hel'), delta('lo'), delta('', 'stop'), usage, '[DONE]'),
    );
    const tokens: string[] = [];
    const answer = await ask({ endpoint: model.url }, (text) => tokens.push(text));
    expect(tokens).toEqual(['Hel', 'lo']);
    expect(answer).toMatchObject({ content: 'Hello', inputTokens: 1000, outputTokens: 2000 });
    expect(model.requests[0]?.body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('takes a finished stream without usage and without the last mark', async () => {
    const model = await startModelServer(events(delta('Hello', 'stop')));
    const answer = await ask({ endpoint: model.url }, () => undefined);
    expect(answer).toMatchObject({ content: 'Hello', inputTokens: 0, outputTokens: 0, cost: 0 });
  });

  it('takes a whole answer without usage', async () => {
    const model = await startModelServer((response) => {
      response.end('{"choices":[{"message":{"content":null}}]}');
    });
    expect(await ask({ endpoint: model.url })).toMatchObject({ content: '', inputTokens: 0 });
  });

  it.each(['<html>', '{}', '{"choices":[]}', '{"choices":[{"message":{"content":5}}]}', 'null'])(
    'refuses %s',
    async (text) => {
      const model = await startModelServer((response) => response.end(text));
      await expect(ask({ endpoint: model.url })).rejects.toMatchObject({
        code: 'model_bad_response',
      });
    },
  );

  const failing: [string, unknown[], string][] = [
    ['a broken event', ['{"cho'], 'model_bad_response'],
    ['a stream that ends early', [delta('Hel')], 'model_bad_response'],
    ['no event at all', [], 'model_bad_response'],
    ['an error on the way', [{ error: { message: 'boom' } }], 'model_provider_http_error'],
  ];
  it.each(failing)('refuses %s', async (_what, data, code) => {
    const model = await startModelServer(events(...data));
    const streamed = ask({ endpoint: model.url }, () => undefined);
    await expect(streamed).rejects.toMatchObject({ code });
  });

  it('says what the server says', async () => {
    const model = await startModelServer((response) => {
      response.statusCode = 401;
      response.end('{"error":{"message":"bad key"}}');
    });
    await expect(ask({ endpoint: model.url })).rejects.toMatchObject({
      code: 'model_provider_http_error',
      message: expect.stringContaining('bad key'),
    });
  });
});
