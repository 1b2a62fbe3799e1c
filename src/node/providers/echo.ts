import type { ModelAnswer, ModelProvider, ModelRequest } from './provider.types.js';

/**
 * A model that needs no network: it answers `echo: <query>`, always the same for the same query.
 * Tokens are words: of all messages sent, and of the answer. It streams word by word.
 */
export class EchoProvider implements ModelProvider {
  async complete({ block, messages, onToken }: ModelRequest): Promise<ModelAnswer> {
    const query = messages.at(-1)?.content ?? '';
    const content = `echo: ${query}`;
    for (const piece of content.match(/\s*\S+|\s+$/g) ?? []) onToken?.(piece);
    return {
      content,
      model: block.model ?? 'echo',
      inputTokens: messages.reduce((sum, message) => sum + countWords(message.content), 0),
      outputTokens: countWords(content),
      cost: 0,
    };
  }
}

function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
