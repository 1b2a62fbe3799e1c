import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

// The request id is the one thing that travels unseen; who is asking is always an argument.

const storage = new AsyncLocalStorage<string>();

const WELL_FORMED = /^[A-Za-z0-9._-]{1,128}$/;

/** Runs `work` as part of the request `requestId`. */
export function withRequestId<T>(requestId: string, work: () => T): T {
  return storage.run(requestId, work);
}

/** The id of the request that is being served, when there is one. */
export function currentRequestId(): string | undefined {
  return storage.getStore();
}

/** Takes over a well-formed `X-Request-Id`, or makes one. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && WELL_FORMED.test(header) ? header : randomUUID();
}
