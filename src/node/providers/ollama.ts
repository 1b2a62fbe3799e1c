/** Asks an Ollama server over its own protocol: POST /api/chat, streamed as one JSON a line. */
import type { IncomingMessage } from 'node:http';
import { isObject, numberAt, objectAt, textAt, type JsonObject } from '../json.js';
import { badModelAnswer, modelError } from './model.errors.js';
import { parseJson, readJson, readLines, type ModelHttp } from './model-http.js';
import type { ModelAnswer, ModelProvider, ModelRequest } from './provider.types.js';

const DEFAULT_ENDPOINT = 'http://127.0.0.1:11434';
const DEFAULT_MODEL = 'llama3';
/** Sampling parameters go into `options`, the rest to the top level. */
const OPTIONS: ReadonlySet<string> = new Set([
  'seed',
  'temperature',
  'top_k',
  'top_p',
  'min_p',
  'stop',
  'num_ctx',
  'num_predict',
]);

interface Reply {
  content: string;
  last: unknown;
}

/** Models behind Ollama's `/api/chat`, streamed or whole; they cost nothing. */
export class OllamaProvider implements ModelProvider {
  constructor(private readonly http: ModelHttp) {}

  async complete({ block, messages, onToken, signal }: ModelRequest): Promise<ModelAnswer> {
    const model = block.model ?? DEFAULT_MODEL;
    const read = onToken ? (answer: IncomingMessage) => readStream(answer, onToken) : readWhole;
    const { content, last } = await this.http.post(
      {
        endpoint: block.endpoint ?? DEFAULT_ENDPOINT,
        path: '/api/chat',
        headers: {},
        body: { ...splitOptions(block.parameters), model, messages, stream: Boolean(onToken) },
        timeoutMs: block.timeoutMs,
        signal,
      },
      read,
    );
    return {
      content,
      model,
      inputTokens: numberAt(last, 'prompt_eval_count') ?? 0,
      outputTokens: numberAt(last, 'eval_count') ?? 0,
      cost: 0,
    };
  }
}

async function readWhole(answer: IncomingMessage): Promise<Reply> {
  const last = await readJson(answer);
  refuseError(last);
  const content = objectAt(last, 'message')['content'];
  if (typeof content !== 'string') throw badModelAnswer('it has no message.content');
  return { content, last };
}

async function readStream(
  answer: IncomingMessage,
  onToken: (text: string) => void,
): Promise<Reply> {
  let content = '';
  for await (const line of readLines(answer)) {
    const part = parseJson(line);
    refuseError(part);
    if (!isObject(part)) throw badModelAnswer('a line of it is not an object');
    const piece = textAt(part['message'], 'content') ?? '';
    content += piece;
    if (piece) onToken(piece);
    if (part['done'] === true) return { content, last: part };
  }
  throw badModelAnswer('it ended before it was done');
}

function refuseError(part: unknown): void {
  const error = textAt(part, 'error');
  if (error === undefined) return;
  throw modelError(
    'model_provider_http_error',
    `The model failed: ${error.slice(0, 800)}`,
    'The message above is verbatim from the provider. Fix what it names.',
  );
}

function splitOptions(parameters: JsonObject): JsonObject {
  const options: JsonObject = {};
  const body: JsonObject = {};
  for (const [key, value] of Object.entries(parameters)) {
    const name = key === 'max_tokens' ? 'num_predict' : key;
    if (OPTIONS.has(name)) options[name] = value;
    else body[name] = value;
  }
  return Object.keys(options).length > 0 ? { ...body, options } : body;
}
