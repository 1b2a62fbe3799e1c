import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../errors/app-error.js';
import { everyHeader, type HeaderLookup } from './every-header.js';
import { errorBody, retryAfterOf, STATUS_OF } from './error-answer.js';
import { asAppError } from './foreign-errors.js';
import { answerPings } from './pings.js';
import type { RefusalListener, RequestFacts } from './refusals.js';
import { requestIdFrom, withRequestId } from './request-context.js';

// WebSockets of the API. The framework's gateways know no path parameters, so the server's own
// `upgrade` is taken. A request is refused with a status and the body of an error answer, as on
// every other route; only one that may enter is upgraded.

/** The subprotocol under which a browser, which cannot set headers, sends its token. */
export const TOKEN_PROTOCOL = 'bearer';

const LONGEST_URL = 8 * 1024;
const SWITCHED = 101;
/** The largest message of a client. */
const MOST_MESSAGE_BYTES = 256 * 1024;

/** What is learnt of a request for a WebSocket. */
export interface UpgradeFacts extends RequestFacts {
  /** The pattern of its path; undefined for one that is not known. */
  route?: string;
}

/** A request for a WebSocket. */
export interface UpgradeRequest {
  requestId: string;
  url: string;
  /** Decoded segments of the path. */
  segments: string[];
  query: Record<string, string>;
  host: string;
  /** Names in lower case; with the token of the subprotocol as `authorization`. */
  headers: HeaderLookup;
  address: string;
  /** What is learnt of it on its way. */
  facts: UpgradeFacts;
  /** Aborts when the connection has closed, upgraded or not. */
  closed: AbortSignal;
}

/** What happens on a WebSocket once it is open. */
export type Conversation = (client: WebSocket) => void;

/** Who decides about upgrades. */
export interface Door {
  /** Says what happens on the WebSocket, or throws why it may not be opened. */
  admit(request: UpgradeRequest): Promise<Conversation>;
  addressOf(request: IncomingMessage): string;
  /** Hears of those that were refused. */
  refusals: RefusalListener;
  /** Hears of every connection that is over; `status` is undefined when the caller left before. */
  ended(route: string | undefined, status: number | undefined, tookMs: number): void;
}

/** Takes over the upgrades of a server. */
export function takeUpgrades(server: Server, door: Door): void {
  const ids = new WeakMap<IncomingMessage, string>();
  const statuses = new WeakMap<Duplex, number>();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
    autoPong: false,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has(TOKEN_PROTOCOL) ? TOKEN_PROTOCOL : false),
  });
  sockets.on('headers', (headers, request) => {
    headers.push(`X-Request-Id: ${ids.get(request) ?? ''}`);
  });
  sockets.on('wsClientError', ({ message }, socket, request) => {
    const error = new AppError('invalid', 'invalid_upgrade', `${message}.`);
    statuses.set(socket, refuse(socket, error, ids.get(request) ?? ''));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const requestId = requestIdFrom(request.headers['x-request-id']);
    ids.set(request, requestId);
    const started = performance.now();
    const closing = new AbortController();
    const facts: UpgradeFacts = {};
    socket.once('close', () => {
      closing.abort(new Error('The connection has closed'));
      door.ended(facts.route, statuses.get(socket), performance.now() - started);
    });
    const address = door.addressOf(request);
    const common = { requestId, address, facts, closed: closing.signal };
    void withRequestId(requestId, async () => door.admit(readUpgrade(request, common))).then(
      (converse) => {
        if (socket.destroyed) return;
        sockets.handleUpgrade(request, socket, head, (client) => {
          statuses.set(socket, SWITCHED);
          answerPings(client);
          converse(client);
        });
      },
      (thrown: unknown) => {
        const error = asAppError(thrown);
        const [path = '/'] = (request.url ?? '/').split('?', 1);
        const status = refuse(socket, error, requestId);
        statuses.set(socket, status);
        const answer = { method: 'GET', path, status, code: error.code };
        door.refusals.refused({ ...facts, ...answer, requestId, address });
      },
    );
  });
}

function readUpgrade(
  request: IncomingMessage,
  common: Pick<UpgradeRequest, 'requestId' | 'address' | 'facts' | 'closed'>,
): UpgradeRequest {
  const { url = '/', headers } = request;
  if (url.length > LONGEST_URL) throw uriTooLong();
  if (headers.upgrade?.toLowerCase() !== 'websocket') {
    throw new AppError('invalid', 'invalid_upgrade', 'The only upgrade there is is to websocket.');
  }
  const [path = '', query = ''] = url.split('?', 2);
  return {
    ...common,
    url,
    segments: path.split('/').slice(1).map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
    host: headers.host ?? '',
    headers: withToken(everyHeader(request)),
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AppError('invalid', 'invalid_url', 'The URL holds a malformed percent escape.');
  }
}

/** `Sec-WebSocket-Protocol: bearer, <token>` counts as `Authorization: Bearer <token>`. */
function withToken(headers: HeaderLookup): HeaderLookup {
  const [protocol, token] = (headers.get('sec-websocket-protocol') ?? '')
    .split(',')
    .map((one) => one.trim());
  if (protocol !== TOKEN_PROTOCOL || token === undefined || token === '') return headers;
  const authorization = `Bearer ${token}`;
  const other = headers.get('authorization');
  if (other !== undefined && other !== authorization) {
    throw new AppError(
      'invalid',
      'ambiguous_credentials',
      'Send one credential: two different ones were presented.',
    );
  }
  return { get: (name) => (name === 'authorization' ? authorization : headers.get(name)) };
}

function uriTooLong(): AppError {
  return new AppError('invalid', 'uri_too_long', `The URL is longer than ${LONGEST_URL} bytes.`);
}

function statusOf({ code, kind }: AppError): number {
  return code === 'uri_too_long' ? 414 : STATUS_OF[kind];
}

/** Answers in HTTP and hangs up. @returns the status */
function refuse(socket: Duplex, error: AppError, requestId: string): number {
  const status = statusOf(error);
  if (socket.destroyed) return status;
  const body = JSON.stringify(errorBody(error, requestId));
  const headers = [
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  if (error.kind === 'unauthenticated') headers.push('WWW-Authenticate: Bearer');
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) headers.push(`Retry-After: ${retryAfter}`);
  // It is nobody's any more: no time-out ends it, and a server that stops would wait for it.
  socket.once('finish', () => socket.destroy());
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...headers];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  return status;
}
