import http from 'node:http';
import https from 'node:https';
import { type Answer, readAnswer } from './node-answer.js';
import type { NodeWay } from './node-access.js';
import { NodeError } from './node.errors.js';
import { refusalInBetween } from './node-way.rules.js';

// One HTTP exchange with a node, bounded in time and size. `node:http` rather than `fetch`: a
// keep-alive connection that the node has just closed shows as what it is.

/** Checks and changes, and what callers ask of a node: the ones never wait for the others. */
export type Lane = 'control' | 'callers';

/** Connections to one node that are kept for the next call. */
const MOST_KEPT = 8;

const agents: Readonly<Record<Lane, http.Agent>> = {
  control: agentOf(32),
  callers: agentOf(256),
};

/** @param maxSockets to one node; who finds them all in use waits, within the deadline */
function agentOf(maxSockets: number): http.Agent {
  return new http.Agent({
    keepAlive: true,
    keepAliveMsecs: 1_000,
    timeout: 30_000,
    maxSockets,
    maxFreeSockets: MOST_KEPT,
    scheduling: 'lifo',
  });
}

export interface Exchange {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  token?: string | undefined;
  via?: NodeWay | undefined;
  /** JSON to send. */
  body?: unknown;
  /** Milliseconds for the whole exchange, connecting included. */
  deadlineMs: number;
  /** `control` when left out. */
  lane?: Lane;
  signal?: AbortSignal | undefined;
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
  const { method, url, token, via, body, deadlineMs, lane = 'control', signal } = request;
  signal?.throwIfAborted();
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const options: http.RequestOptions = {
      method,
      agent: via?.agent ?? agents[lane],
      headers: {
        accept: 'application/json',
        ...via?.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined
          ? {}
          : {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
      },
    };
    const call = url.startsWith('https:')
      ? https.request(url, options)
      : http.request(url, options);
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
      readAnswer(response, new URL(url).host).then((answer) => {
        const refusal = via === undefined ? undefined : refusalInBetween(answer);
        if (refusal === undefined) finish(() => resolve(answer));
        else fail(refusal);
      }, fail);
    });
    call.end(payload);
  });
}

function connectionError(error: NodeJS.ErrnoException, reused: boolean): NodeError {
  const message = error.code ?? error.message;
  if (message.startsWith('HPE_')) {
    return new NodeError(
      'nonsense',
      `it answered something that is not HTTP (${message})`,
      undefined,
      {
        cause: error,
      },
    );
  }
  return reused && error.code === 'ECONNRESET'
    ? new StaleConnection('unreachable', message, undefined, { cause: error })
    : new NodeError('unreachable', message, undefined, { cause: error });
}
