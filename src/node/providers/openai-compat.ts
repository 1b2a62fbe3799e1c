/**
 * Asks a server that speaks OpenAI's protocol: POST /chat/completions, streamed as server-sent
 * events.
 */
import type { IncomingMessage } from 'node:http';
import type { ModelBlock } from '../agent.build.js';
import { isObject, numberAt, objectAt, textAt } from '../json.js';
import { badModelAnswer, modelError } from './model.errors.js';
import { parseJson, readJson, readLines, type ModelHttp } from './model-http.js';
import type { ModelAnswer, ModelProvider, ModelRequest } from './provider.types.js';

const DEFAULT_ENDPOINT = 'https://api.openai.com/v1';
const DEFAULT_MODEL = 'gpt-4o-mini';
const DEFAULT_KEY = 'OPENAI_API_KEY';
/** US dollars for a thousand tokens in and out, as astromesh-node counts them. */
const PRICES: Readonly<Record<string, readonly [number, number]>> = {
  'gpt-4o': [0.0025, 0.01],
  'gpt-4o-mini': [0.00015, 0.0006],
  'gpt-4-turbo': [0.01, 0.03],
  'gpt-4': [0.03, 0.06],
  'gpt-3.5-turbo': [0.0005, 0.0015],
};

interface Reply {
  content: string;
  usage: unknown;
}

/**
 * Models behind OpenAI's `/chat/completions`, or what is compatible with it; costs are US
 * dollars.
 */
export class OpenAiCompatProvider implements ModelProvider {
  /** @param secret the value of an environment variable of the node */
  constructor(
    private readonly http: ModelHttp,
    private readonly secret: (name: string) => string | undefined,
  ) {}

  async complete({ block, messages, onToken, signal }: ModelRequest): Promise<ModelAnswer> {
    const model = block.model ?? DEFAULT_MODEL;
    const key = this.keyFor(block);
    const read = onToken ? (answer: IncomingMessage) => readStream(answer, onToken) : readWhole;
    const { content, usage } = await this.http.post(
      {
        endpoint: block.endpoint ?? DEFAULT_ENDPOINT,
        path: '/chat/completions',
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        body: {
          ...block.parameters,
          model,
          messages,
          stream: Boolean(onToken),
          ...(onToken && { stream_options: { include_usage: true } }),
        },
        timeoutMs: block.timeoutMs,
        signal,
      },
      read,
    );
    const inputTokens = numberAt(usage, 'prompt_tokens') ?? 0;
    const outputTokens = numberAt(usage, 'completion_tokens') ?? 0;
    const [priceIn, priceOut] = PRICES[model] ?? [0, 0];
    const cost = (inputTokens * priceIn + outputTokens * priceOut) / 1000;
    return { content, model, inputTokens, outputTokens, cost };
  }

  /** Only a key that the agent names is sent to an endpoint that the agent names. */
  private keyFor({ endpoint, apiKeyEnv }: ModelBlock): string | undefined {
    const name = apiKeyEnv ?? (endpoint === undefined ? DEFAULT_KEY : undefined);
    if (name === undefined) return undefined;
    const key = this.secret(name)?.trim();
    if (key && /^[\x21-\x7e]+$/.test(key)) return key;
    throw modelError(
      'model_missing_api_key',
      `No usable API key in ${name} for the OpenAI-compatible provider.`,
      `Set the ${name} variable of this node.`,
    );
  }
}

async function readWhole(answer: IncomingMessage): Promise<Reply> {
  const body = await readJson(answer);
  const content = objectAt(firstChoice(body), 'message')['content'] ?? '';
  if (firstChoice(body) === undefined || typeof content !== 'string') {
    throw badModelAnswer('it has no choices[0].message');
  }
  return { content, usage: objectAt(body, 'usage') };
}

async function readStream(
  answer: IncomingMessage,
  onToken: (text: string) => void,
): Promise<Reply> {
  let content = '';
  let usage: unknown;
  let finished = false;
  for await (const line of readLines(answer)) {
    // Comments and the other fields of an event carry nothing here.
    if (!line.startsWith('data:')) continue;
    const data = line.slice('data:'.length).trim();
    if (data === '[DONE]') return { content, usage };
    const part = parseJson(data);
    refuseError(part);
    usage =
      objectAt(part, 'usage')['prompt_tokens'] === undefined ? usage : objectAt(part, 'usage');
    const choice = firstChoice(part);
    finished ||= textAt(choice, 'finish_reason') !== undefined;
    const piece = textAt(objectAt(choice, 'delta'), 'content') ?? '';
    content += piece;
    if (piece) onToken(piece);
  }
  if (!finished) throw badModelAnswer('it ended before it was done');
  return { content, usage };
}

function firstChoice(body: unknown): unknown {
  const choices = isObject(body) ? body['choices'] : undefined;
  return Array.isArray(choices) && isObject(choices[0]) ? choices[0] : undefined;
}

function refuseError(part: unknown): void {
  if (!isObject(part) || !part['error']) return;
  const message = textAt(part['error'], 'message') ?? 'no reason given';
  throw modelError(
    'model_provider_http_error',
    `The model failed: ${message.slice(0, 800)}`,
    'The message above is verbatim from the provider. Fix what it names.',
  );
}
