import type { FastifyInstance } from 'fastify';

// Cross-origin requests of browsers (the CORS protocol of the Fetch standard). Credentials are sent
// in headers that a page sets itself, so cookies are never allowed.

const EXPOSED = 'ETag, Link, Retry-After, X-Request-Id, X-Total-Count';
const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS =
  'Authorization, Content-Type, If-Match, Last-Event-ID, X-API-Key, X-Request-Id, X-Tenant-ID';
const PREFLIGHT_SECONDS = 600;

/** Lets pages of these origins call; any other origin is answered as if there were no CORS. */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('Vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) {
      done();
      return;
    }
    void reply.header('Access-Control-Allow-Origin', origin);
    void reply.header('Access-Control-Expose-Headers', EXPOSED);
    if (!isPreflight(request.method, request.headers)) {
      done();
      return;
    }
    void reply
      .headers({
        'Access-Control-Allow-Methods': METHODS,
        'Access-Control-Allow-Headers': REQUEST_HEADERS,
        'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
      })
      .status(204)
      .send();
  });
}

function isPreflight(method: string, headers: NodeJS.Dict<string | string[]>): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
