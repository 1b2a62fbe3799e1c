import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError } from '../errors/app-error.js';
import { errorBody, STATUS_OF } from './error-answer.js';
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
/** The largest message of a client. */
const MOST_MESSAGE_BYTES = 256 * 1024;

/** A request for a WebSocket. */
export interface UpgradeRequest {
  requestId: string;
  url: string;
  /** Decoded segments of the path. */
  segments: string[];
  query: Record<string, string>;
  host: string;
  /** Names in lower case; with the token of the subprotocol as `authorization`. */
  headers: ReadonlyMap<string, string>;
  address: string;
  /** What is learnt of it on its way. */
  facts: RequestFacts;
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
}

/** Takes over the upgrades of a server. */
export function takeUpgrades(server: Server, door: Door): void {
  const ids = new WeakMap<IncomingMessage, string>();
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
    refuse(socket, error, ids.get(request) ?? '');
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const requestId = requestIdFrom(request.headers['x-request-id']);
    ids.set(request, requestId);
    const common = { requestId, address: door.addressOf(request), facts: {} };
    void withRequestId(requestId, async () => door.admit(readUpgrade(request, common))).then(
      (converse) => {
        if (socket.destroyed) return;
        sockets.handleUpgrade(request, socket, head, (client) => {
          answerPings(client);
          converse(client);
        });
      },
      (thrown: unknown) => {
        const error = asAppError(thrown);
        const [path = '/'] = (request.url ?? '/').split('?', 1);
        const { facts, ...rest } = common;
        const status = statusOf(error);
        door.refusals.refused({ ...facts, ...rest, method: 'GET', path, status, code: error.code });
        refuse(socket, error, requestId);
      },
    );
  });
}

function readUpgrade(
  request: IncomingMessage,
  common: Pick<UpgradeRequest, 'requestId' | 'address' | 'facts'>,
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
    headers: withToken(readHeaders(headers)),
  };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AppError('invalid', 'invalid_url', 'The URL holds a malformed percent escape.');
  }
}

function readHeaders(headers: IncomingMessage['headers']): Map<string, string> {
  return new Map(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
    ),
  );
}

/** `Sec-WebSocket-Protocol: bearer, <token>` counts as `Authorization: Bearer <token>`. */
function withToken(headers: Map<string, string>): Map<string, string> {
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
  return headers.set('authorization', authorization);
}

function uriTooLong(): AppError {
  return new AppError('invalid', 'uri_too_long', `The URL is longer than ${LONGEST_URL} bytes.`);
}

function statusOf({ code, kind }: AppError): number {
  return code === 'uri_too_long' ? 414 : STATUS_OF[kind];
}

/** Answers in HTTP and hangs up. */
function refuse(socket: Duplex, error: AppError, requestId: string): void {
  if (socket.destroyed) return;
  const status = statusOf(error);
  const body = JSON.stringify(errorBody(error, requestId));
  const headers = [
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  if (error.kind === 'unauthenticated') headers.push('WWW-Authenticate: Bearer');
  if (error.retryAfterMs !== undefined) {
    headers.push(`Retry-After: ${Math.max(1, Math.ceil(error.retryAfterMs / 1000))}`);
  }
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...headers];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
