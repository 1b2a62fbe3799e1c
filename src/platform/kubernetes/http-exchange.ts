import http from 'node:http';
import https from 'node:https';
import { KubernetesError } from './kubernetes.errors.js';

// One HTTP exchange with an API server. `node:http` rather than `fetch`: a kept connection that the
// server has just closed shows as what it is, and a watch can be cut off at once.

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpRequest {
  method: Method;
  url: URL;
  headers: Readonly<Record<string, string>>;
  agent: http.Agent;
  body?: string | undefined;
  /** Milliseconds until the head of the answer must be there, connecting included. */
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

/** A kept connection was closed before any of the answer came. */
export class StaleConnection extends KubernetesError {}

/**
 * Sends a request; resolves with the head of the answer, whose body is still to be read (or
 * destroyed).
 *
 * @throws KubernetesError `Unreachable`, `Timeout`, `Nonsense`; the signal's reason when it aborts
 */
export function openExchange(request: HttpRequest): Promise<http.IncomingMessage> {
  const { method, url, headers, agent, body, deadlineMs, signal } = request;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? https.request : http.request;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const call = send(url, { method, agent, headers: { ...headers, ...length } });
    const fail = (error: unknown): void => {
      finish();
      reject(error);
      call.destroy();
    };
    const abort = (): void => fail(signal?.reason);
    const timer = setTimeout(
      () => fail(KubernetesError.fault('Timeout', `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    call.on('error', (error) => fail(connectionError(error, call.reusedSocket)));
    call.once('response', (response) => {
      finish();
      resolve(response);
    });
    call.end(body);
  });
}

/**
 * Reads the whole body as text.
 *
 * @param deadlineMs for all of it
 * @throws KubernetesError `Unreachable` when it breaks off, `Timeout`; the signal's reason
 */
export function readText(
  response: http.IncomingMessage,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const fail = (error: unknown): void => {
      finish();
      reject(error);
      response.destroy();
    };
    const abort = (): void => fail(signal?.reason);
    const timer = setTimeout(
      () => fail(KubernetesError.fault('Timeout', `no whole answer within ${deadlineMs} ms`)),
      Math.max(deadlineMs, 0),
    );
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    response.on('data', (chunk: Buffer) => void chunks.push(chunk));
    response.once('error', (error) => fail(connectionError(error, false)));
    response.once('end', () => {
      finish();
      resolve(Buffer.concat(chunks).toString());
    });
  });
}

/** What went wrong with a connection, in our words. */
export function connectionError(error: NodeJS.ErrnoException, reused: boolean): KubernetesError {
  const message = error.code ?? error.message;
  if (message.startsWith('HPE_')) {
    return KubernetesError.fault(
      'Nonsense',
      `it answered something that is not HTTP (${message})`,
      error,
    );
  }
  const explained = `${message}: ${error.message}`;
  return reused && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    ? new StaleConnection(0, 'Unreachable', explained, {}, undefined, error)
    : KubernetesError.fault('Unreachable', explained, error);
}
