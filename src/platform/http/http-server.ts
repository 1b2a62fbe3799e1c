import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import type { HttpConfig } from '../../config/http.config.js';
import { BODY_LIMIT_BYTES, registerBodyParsers } from './body-parsers.js';
import { allowOrigins } from './cors.js';
import type { Departure } from './departure.js';
import { errorBody, retryAfterOf, STATUS_OF } from './error-answer.js';
import { asAppError, serverStops } from './foreign-errors.js';
import type { KnownRoutes } from './known-routes.js';
import { requestIdFrom, withRequestId } from './request-context.js';
import { watchSilentConnections } from './silent-connections.js';
import { cutSlowReaders } from './slow-readers.js';

// The HTTP server below the framework: limits, request ids, and error answers of our own shape
// for what never reaches a route.

const HEADER_LIMIT_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 20_000;
/** How often connections are looked at that have not said enough. */
const CONNECTIONS_CHECK_MS = 5_000;
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 72_000;
const LONGEST_URL = 8 * 1024;

/** Whom the server believes and answers beyond what every request gets. */
export type Trust = Pick<HttpConfig, 'trustedProxies' | 'corsOrigins'>;

const TRUST_NOBODY: Trust = { trustedProxies: [], corsOrigins: [] };

/** Makes the adapter that the application runs on. */
export function createAdapter(
  routes: KnownRoutes,
  trust = TRUST_NOBODY,
  departure?: Departure,
): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: LONGEST_URL },
    trustProxy: trust.trustedProxies.length > 0 && [...trust.trustedProxies],
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    // It would be answered without a word of ours; the hook below does it.
    return503OnClosing: false,
    genReqId: (request: IncomingMessage) => requestIdFrom(request.headers['x-request-id']),
    http: {
      maxHeaderSize: HEADER_LIMIT_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
      // Any other upgrade that a client offers (h2c) is left unused, as the RFC allows.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
      // It would be refused without a word of ours; the hook below does it.
      requireHostHeader: false,
    },
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerParserError,
  });
  const server = adapter.getInstance<FastifyInstance>();
  registerBodyParsers(server);
  server.addHook('onRoute', ({ url, method }) => routes.add(url, method));
  // An expectation that nobody knows may be ignored (RFC 9110, section 10.1.1).
  server.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.server.emit('request', request, response);
  });
  // Without a listener the connection would end without a word.
  server.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // It is nobody's any more: no time-out ends it, and a server that stops would wait for it.
    socket.on('error', () => socket.destroy()).once('finish', () => socket.destroy());
    answerParserError(new Error('CONNECT is for proxies'), socket);
  });
  const endSilentConnections = watchSilentConnections(server.server);
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
    endSilentConnections();
  });
  // Whoever is still served while the server goes must not keep the connection for another one.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    const goes = departure?.announced === true || !server.server.listening;
    if (goes) void reply.header('Connection', 'close');
    done();
  });
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    if (request.url.length > LONGEST_URL) {
      sendError(uriTooLong(), request, reply, 414);
      return;
    }
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      sendError(hostMissing(), request, reply);
      return;
    }
    if (closing) {
      sendError(serverStops(), request, reply);
      return;
    }
    withRequestId(request.id, done);
  });
  allowOrigins(server, trust.corsOrigins);
  cutSlowReaders(server);
  return adapter;
}

function uriTooLong(): AppError {
  return new AppError('invalid', 'uri_too_long', `The URL is longer than ${LONGEST_URL} bytes.`);
}

function hostMissing(): AppError {
  return new AppError('invalid', 'invalid_http', 'HTTP/1.1 asks for a Host header; send one.');
}

function sendError(
  error: AppError,
  request: FastifyRequest,
  reply: FastifyReply,
  status = STATUS_OF[error.kind],
): void {
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) void reply.header('Retry-After', retryAfter);
  void reply.status(status).send(errorBody(error, request.id));
}

/** Errors of the router: a bad escape, an unknown method. */
function answerFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void reply.header('X-Request-Id', request.id);
  if (request.url.length > LONGEST_URL) sendError(uriTooLong(), request, reply, 414);
  else sendError(asAppError(error), request, reply);
}

/** Errors of the HTTP parser, which happen before there is a request. */
function answerParserError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, message } = parserFault(error.code);
  const requestId = requestIdFrom(undefined);
  const body = JSON.stringify({ error: message, code, requestId });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function parserFault(code: string | undefined): { status: number; code: string; message: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        code: 'headers_too_large',
        message: `The headers are larger than ${HEADER_LIMIT_BYTES} bytes.`,
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        code: 'request_timeout',
        message: 'The request took too long to arrive.',
      };
    default:
      return { status: 400, code: 'invalid_http', message: 'The request is not valid HTTP.' };
  }
}
