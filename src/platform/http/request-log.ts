import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../logging/logger.js';

/**
 * Logs every request when it was answered: its route pattern, never its path or query, for they may
 * hold what is nobody's business. What went well is of interest to its developers alone.
 */
export function logRequests(server: FastifyInstance, logger: Logger): void {
  server.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode >= 400) logger.log('Request refused', fieldsOf(request, reply));
    else if (logger.isVerbose) logger.debug('Request answered', fieldsOf(request, reply));
    done();
  });
}

function fieldsOf(request: FastifyRequest, reply: FastifyReply): Record<string, unknown> {
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? '(none)',
    status: reply.statusCode,
    tookMs: Math.round(reply.elapsedTime),
  };
}
