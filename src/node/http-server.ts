/**
 * The HTTP side: who may ask, which route it is, and how results and errors become answers in the
 * words of an astromesh-node.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '../platform/errors/app-error.js';
import type { Doorman } from './bearer.js';
import type { NodeLog } from './node.log.js';
import type { NodeRequest, Reply, Route } from './node.routes.js';

const HEALTH = '/v1/health';
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 30_000;
/** For what nobody expected, such as a full disk; it may go away, unlike a 500 in plain text. */
const FAILED: Reply = { status: 500, body: { detail: 'Internal Server Error' } };

interface Match {
  route: Route;
  name: string;
}

/** A server that is not listening yet. Upgrades are refused unless somebody handles them. */
export function createNodeServer(routes: readonly Route[], mayPass: Doorman, log: NodeLog): Server {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      answer(request, response, routes, mayPass).catch((error: unknown) => {
        sendError(response, error, request, log);
      });
    },
  );
  server.on('clientError', refuseBrokenRequest);
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly Route[],
  mayPass: Doorman,
): Promise<void> {
  const { path, query } = splitUrl(request.url ?? '/');
  if (path !== HEALTH && !mayPass(request.headers.authorization)) {
    response.setHeader('www-authenticate', 'Bearer');
    sendJson(response, { status: 401, body: { detail: 'Not authenticated' } });
    return;
  }
  const matches = matchesOf(routes, path);
  const match = matches.find(({ route }) => route.method === request.method);
  if (match) {
    const nodeRequest = { message: request, name: match.name, query, signal: leaving(response) };
    sendJson(response, await answerOf(match.route, nodeRequest));
    return;
  }
  sendMismatch(response, request.url ?? '/', matches, routes);
}

async function answerOf(route: Route, request: NodeRequest): Promise<Reply> {
  return route.answer(request);
}

/** No route: 405 for a known path, 307 when only the last slash is wrong, else 404. */
function sendMismatch(
  response: ServerResponse,
  url: string,
  matches: readonly Match[],
  routes: readonly Route[],
): void {
  if (matches.length > 0) {
    response.setHeader('allow', matches.map(({ route }) => route.method).join(', '));
    sendJson(response, { status: 405, body: { detail: 'Method Not Allowed' } });
    return;
  }
  const { path } = splitUrl(url);
  const other = path.endsWith('/') ? path.replace(/\/+$/, '') : `${path}/`;
  if (matchesOf(routes, other).length > 0) {
    response.writeHead(307, { location: other + url.slice(path.length) });
    response.end();
    return;
  }
  sendJson(response, { status: 404, body: { detail: 'Not Found' } });
}

/** Splits a request target by hand: the URL parser would take `//host` for another host. */
export function splitUrl(target: string): { path: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { path, query: new URLSearchParams(mark < 0 ? '' : target.slice(mark)) };
}

/** The decoded value of the `:name` segment when the path fits the pattern, '' when it has none. */
export function matchPath(pattern: string, path: string): string | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  let name = '';
  for (const [index, segment] of wanted.entries()) {
    const text = given[index] ?? '';
    if (segment === ':name' && text !== '') name = decode(text);
    else if (segment !== text) return undefined;
  }
  return name;
}

function matchesOf(routes: readonly Route[], path: string): Match[] {
  return routes.flatMap((route) => {
    const name = matchPath(route.path, path);
    return name === undefined ? [] : [{ route, name }];
  });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function leaving(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort(new Error('the client left'));
  });
  return controller.signal;
}

function sendJson(response: ServerResponse, reply: Reply): void {
  // Made before anything is sent: it can fail, for example for very deep values.
  const text = JSON.stringify(reply.body);
  if (response.headersSent || response.destroyed) return;
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function sendError(
  response: ServerResponse,
  error: unknown,
  request: IncomingMessage,
  log: NodeLog,
): void {
  if (response.headersSent || response.destroyed) return;
  const reply = error instanceof AppError ? toReply(error) : FAILED;
  if (!reply || reply === FAILED) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('request failed', { method: request.method, error: reason });
  }
  if (reply) {
    sendJson(response, reply);
    return;
  }
  response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('Internal Server Error');
}

/** Undefined for an agent that makes an astromesh-node fall over: a 500 that is no JSON. */
function toReply(error: AppError): Reply | undefined {
  const { kind, code, message, extra } = error;
  if (code === 'unprocessable') return { status: 422, body: { detail: extra['detail'] } };
  if (kind === 'upstream_failed' || kind === 'upstream_timeout') {
    return { status: 502, body: { detail: { error: code, message, ...extra } } };
  }
  if (kind === 'timeout') return { status: 504, body: { detail: extra } };
  const statuses: Partial<Record<AppError['kind'], number>> = {
    invalid: 400,
    not_found: 404,
    conflict: 409,
    too_large: 413,
    unavailable: 503,
  };
  const status = statuses[kind];
  return status === undefined ? undefined : { status, body: { detail: message } };
}

function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const status = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
