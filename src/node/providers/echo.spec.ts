import { describe, expect, it } from 'vitest';
import { buildAgent } from '../agent.build.js';
import { EchoProvider } from './echo.js';
import type { ChatMessage, ModelAnswer } from './provider.types.js';

const spec = { model: { primary: { provider: 'echo', model: 'parrot' } } };
const [block] = buildAgent({ metadata: { name: 'a' }, spec }).models;

async function ask(query: string, onToken?: (text: string) => void): Promise<ModelAnswer> {
  if (!block) throw new Error('no block');
  const messages: ChatMessage[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: query },
  ];
  const { signal } = new AbortController();
  return new EchoProvider().complete({ block, messages, onToken, signal });
}

describe('EchoProvider', () => {
  it('answers the same for the same query and counts words', async () => {
    const answer = await ask('one  two\nthree');
    const counts = { inputTokens: 5, outputTokens: 4, cost: 0 };
    expect(answer).toEqual({ content: 'echo: one  two\nthree', model: 'parrot', ...counts });
    expect(await ask('one  two\nthree')).toEqual(answer);
  });

  it.each(['one  two\nthree ', ' ', ''])('streams every character of "%s"', async (query) => {
    const tokens: string[] = [];
    const { content } = await ask(query, (text) => tokens.push(text));
    expect(tokens.join('')).toBe(content);
  });
});
