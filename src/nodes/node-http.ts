import http from 'node:http';
import { NodeError } from './node.errors.js';

// One HTTP exchange with a node, bounded in time and size. `node:http` rather than `fetch`: a
// keep-alive connection that the node has just closed shows as what it is.

const MOST_BYTES = 8 * 1024 * 1024;

const agent = new http.Agent({
  keepAlive: true,
  keepAliveMsecs: 1_000,
  timeout: 30_000,
  maxSockets: 64,
  scheduling: 'lifo',
});

export interface Exchange {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  token?: string | undefined;
  /** JSON to send. */
  body?: unknown;
  /** Milliseconds for the whole exchange, connecting included. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  status: number;
  contentType: string;
  text: string;
}

/**
 * Sends a request and reads the whole answer. A GET whose kept connection turns out to be closed
 * is sent once more.
 *
 * @throws NodeError `unreachable`, `timeout`, `nonsense`; the signal's reason when it aborts
 */
export async function exchange(request: Exchange): Promise<Answer> {
  try {
    return await exchangeOnce(request);
  } catch (error) {
    if (request.method !== 'GET' || !(error instanceof StaleConnection)) throw error;
    return await exchangeOnce(request);
  }
}

/** A kept connection was closed before any of the answer came. */
class StaleConnection extends NodeError {}

function exchangeOnce(request: Exchange): Promise<Answer> {
  const { method, url, token, body, deadlineMs, signal } = request;
  signal?.throwIfAborted();
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call = http.request(url, {
      method,
      agent,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
      },
    });
    const finish = (outcome: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      outcome();
    };
    const fail = (error: unknown): void => {
      finish(() => reject(error));
      call.destroy();
    };
    const abort = (): void => fail(signal?.reason);
    const timer = setTimeout(
      () => fail(new NodeError('timeout', `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    signal?.addEventListener('abort', abort, { once: true });
    call.on('error', (error) => fail(connectionError(error, call.reusedSocket)));
    call.on('response', (response) => {
      readAll(response).then((answer) => finish(() => resolve(answer)), fail);
    });
    call.end(payload);
  });
}

function connectionError(error: NodeJS.ErrnoException, reused: boolean): NodeError {
  const message = error.code ?? error.message;
  return reused && error.code === 'ECONNRESET'
    ? new StaleConnection('unreachable', message, undefined, { cause: error })
    : new NodeError('unreachable', message, undefined, { cause: error });
}

async function readAll(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BYTES) throw new NodeError('nonsense', 'the answer is larger than 8 MiB');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw new NodeError('nonsense', 'the answer broke off', response.statusCode, { cause: error });
  }
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    text: Buffer.concat(chunks).toString('utf8'),
  };
}
