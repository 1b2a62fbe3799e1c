/**
 * One POST to a model server: guarded address, bounded time and size, no redirects, and an answer
 * that is read whole or line by line. Plain `node:http`, which keeps the process small and connects
 * exactly where the guard looked.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../platform/clock/clock.js';
import { startDeadline, untilAborted } from '../deadline.js';
import type { CheckedEndpoint, EndpointGuard } from './endpoint-guard.js';
import { badModelAnswer, modelError, modelTimeout, toModelError } from './model.errors.js';

const CONNECT_TIMEOUT_MS = 10_000;
const LONGEST_ANSWER = 4 * 1024 * 1024;
const LONGEST_ERROR = 800;

export interface ModelCall {
  /** The base URL of the server; `path` is appended to it. */
  endpoint: string;
  path: string;
  headers: Record<string, string>;
  /** Sent as JSON. */
  body: unknown;
  /** For everything from looking up the name to the last byte. */
  timeoutMs: number;
  signal: AbortSignal;
}

/** Calls to models over HTTP: guarded, with a deadline, and with errors in one shape. */
export class ModelHttp {
  constructor(
    private readonly guard: EndpointGuard,
    private readonly clock: Clock,
  ) {}

  /**
   * Sends a call and reads its 2xx answer with `read`.
   *
   * @throws AppError as `model.errors.ts` names them; the signal's reason when it was aborted
   */
  async post<T>(call: ModelCall, read: (answer: IncomingMessage) => Promise<T>): Promise<T> {
    const late = (): Error => modelTimeout('The answer', call.timeoutMs);
    const limit = startDeadline(this.clock, call.timeoutMs, call.signal, late);
    let request: ClientRequest | undefined;
    try {
      const target = await untilAborted(this.guard.check(call.endpoint), limit.signal);
      request = this.open(target, call, limit.signal);
      const answer = await answerOf(request);
      await refuseBadStatus(answer, call.path);
      return await read(answer);
    } catch (error) {
      if (limit.signal.aborted) throw limit.signal.reason;
      throw toModelError(error);
    } finally {
      limit.clear();
      request?.destroy();
    }
  }

  private open(target: CheckedEndpoint, call: ModelCall, signal: AbortSignal): ClientRequest {
    const { url, addresses } = target;
    const payload = Buffer.from(JSON.stringify(call.body));
    const lookup: LookupFunction = (_hostname, options, done) => {
      const [first] = addresses;
      if (options.all || !first) done(null, addresses);
      else done(null, first.address, first.family);
    };
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || undefined,
      path: url.pathname.replace(/\/+$/, '') + call.path,
      method: 'POST',
      agent: false,
      lookup,
      signal,
      headers: {
        ...call.headers,
        host: url.host,
        'content-type': 'application/json',
        'content-length': payload.length,
        'accept-encoding': 'identity',
      },
    });
    this.limitConnecting(request, Math.min(CONNECT_TIMEOUT_MS, call.timeoutMs));
    request.end(payload);
    return request;
  }

  private limitConnecting(request: ClientRequest, limitMs: number): void {
    const timer = this.clock.after(limitMs, () =>
      request.destroy(modelTimeout('Connecting', limitMs)),
    );
    request.on('socket', (socket) => socket.once('connect', () => timer.cancel()));
    request.once('close', () => timer.cancel());
  }
}

/** The whole answer as text. */
export async function readText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of boundedPieces(answer)) text += piece;
  return text;
}

/** The whole answer as JSON. */
export async function readJson(answer: IncomingMessage): Promise<unknown> {
  return parseJson(await readText(answer));
}

/** The answer's lines as they arrive, without their ends; blank ones are left out. */
export async function* readLines(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of boundedPieces(answer)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.map((line) => line.trim()).filter((line) => line !== '');
  }
  if (rest.trim() !== '') yield rest.trim();
}

/** @throws AppError `model_bad_response` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badModelAnswer('it is not JSON', error);
  }
}

async function* boundedPieces(answer: IncomingMessage): AsyncGenerator<string> {
  let length = 0;
  answer.setEncoding('utf8');
  for await (const piece of answer as AsyncIterable<string>) {
    length += piece.length;
    if (length > LONGEST_ANSWER) throw badModelAnswer(`it is longer than ${LONGEST_ANSWER} bytes`);
    yield piece;
  }
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays attached: an error after the answer began must not be an unhandled one.
    request.on('error', reject);
  });
}

async function refuseBadStatus(answer: IncomingMessage, path: string): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status >= 200 && status < 300) return;
  if (status >= 300 && status < 400) {
    throw modelError(
      'model_redirect_refused',
      `The LLM server answered ${status}; redirects are not followed.`,
      'Give the final address as the endpoint.',
    );
  }
  const excerpt = await errorExcerpt(answer);
  if (status === 404 && path === '/api/chat') {
    throw modelError(
      'model_ollama_chat_404',
      'LLM endpoint returned 404 for /api/chat.',
      `Often the model name is wrong or not pulled. The server said: ${excerpt}`,
    );
  }
  throw modelError(
    'model_provider_http_error',
    `Provider returned ${status}: ${excerpt}`,
    'The message above is verbatim from the provider. Fix what it names.',
  );
}

async function errorExcerpt(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of boundedPieces(answer)) {
    text += piece;
    if (text.length > LONGEST_ERROR) break;
  }
  return text.replace(/\s+/g, ' ').trim().slice(0, LONGEST_ERROR) || '(empty response body)';
}
