import { PassThrough, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import { currentRequestId } from './request-context.js';
import { errorBody } from './error-answer.js';
import { asAppError } from './foreign-errors.js';

// Server-sent events (WHATWG HTML, section 9.2): what happens, written as fast as the reader takes
// it and no faster.

export const EVENT_STREAM = 'text/event-stream';

const COMMENT = ': alive\n\n';
/** How often a comment tells proxies that the stream is alive. */
const COMMENT_EVERY_MS = 15_000;
/** How long a reader may take nothing before it is given up. */
const READER_PATIENCE_MS = 30_000;
const MOST_IN_A_GO = 32;

/** One event. */
export interface ServerEvent {
  event: string;
  /** What `Last-Event-ID` says when the reader comes again. */
  id?: string;
  /** Sent as JSON. */
  data: unknown;
}

/** Whether an `Accept` header asks for events. */
export function wantsEvents(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((one) => {
    const [type = '', ...parameters] = one.split(';').map((part) => part.trim().toLowerCase());
    return type === EVENT_STREAM && !parameters.includes('q=0');
  });
}

/**
 * A body that writes events as they come. A failure becomes a last event `error` with the body of
 * an error answer. When the reader leaves, or takes nothing for 30 s, the loop over `events` is
 * left, too.
 */
export function eventStream(events: AsyncIterable<ServerEvent>): Readable {
  const body = new PassThrough();
  // The head of an answer is sent with the first byte of its body.
  body.write(COMMENT);
  const requestId = currentRequestId() ?? '';
  const comments = setInterval(() => {
    if (!body.writableNeedDrain) body.write(COMMENT);
  }, COMMENT_EVERY_MS);
  void pump(events, body)
    .catch((error: unknown) => {
      if (body.destroyed) return;
      body.write(textOf({ event: 'error', data: errorBody(asAppError(error), requestId) }));
    })
    .finally(() => {
      clearInterval(comments);
      body.end();
    });
  return body;
}

/**
 * Begins a stream of events as the answer.
 *
 * @throws what opening it throws; the answer is then a plain error
 */
export async function sendEvents(
  reply: FastifyReply,
  opening: Promise<AsyncIterable<ServerEvent>>,
): Promise<Readable> {
  const events = await opening;
  void reply.header('Content-Type', `${EVENT_STREAM}; charset=utf-8`);
  void reply.header('Cache-Control', 'no-store').header('X-Accel-Buffering', 'no');
  // A server that stops waits for its connections: this one is of no use after the stream.
  void reply.header('Connection', 'close');
  return eventStream(events);
}

async function pump(events: AsyncIterable<ServerEvent>, body: PassThrough): Promise<void> {
  let written = 0;
  for await (const event of events) {
    if (body.destroyed) return;
    if (!body.write(textOf(event)) && !(await drained(body))) return;
    // Events that are there already would be written in one go, while everybody else waits.
    if (++written % MOST_IN_A_GO === 0) await nextTurn();
  }
}

/** @returns whether the reader goes on */
function drained(body: PassThrough): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (goesOn: boolean) => (): void => {
      clearTimeout(patience);
      body.off('drain', go).off('close', stop);
      resolve(goesOn);
    };
    const go = done(true);
    const stop = done(false);
    const patience = setTimeout(() => {
      body.destroy();
      stop();
    }, READER_PATIENCE_MS);
    body.once('drain', go).once('close', stop);
  });
}

/** JSON has no line ends of its own, so the data is one line. */
function textOf({ event, id, data }: ServerEvent): string {
  const name = id === undefined ? '' : `id: ${id}\n`;
  return `${name}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
