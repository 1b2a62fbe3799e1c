import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { Logger } from '../logging/logger.js';
import { plainAddress } from './address.rules.js';
import { errorBody, retryAfterOf, STATUS_OF } from './error-answer.js';
import { asAppError } from './foreign-errors.js';
import { KnownRoutes } from './known-routes.js';
import { RefusalListener, type RequestFacts } from './refusals.js';

/** The one place where a failure becomes an HTTP answer. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(
    private readonly routes: KnownRoutes,
    private readonly logger: Logger,
    private readonly refusals: RefusalListener,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = this.unrouted(request, reply) ?? asAppError(thrown);
    this.tell(request, error);
    if (reply.raw.destroyed) {
      // The caller has left; there is nobody to tell.
      void reply.hijack();
      return;
    }
    if (error.kind === 'internal') {
      this.logger.error('Request failed', { error: error.cause ?? error, requestId: request.id });
    }
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const retryAfter = retryAfterOf(error);
    if (retryAfter !== undefined) void reply.header('Retry-After', retryAfter);
    if (error.kind === 'unauthenticated') void reply.header('WWW-Authenticate', 'Bearer');
    void reply.status(STATUS_OF[error.kind]).send(errorBody(error, request.id));
  }

  private tell(request: FastifyRequest & RequestFacts, { kind, code }: AppError): void {
    const { actor, operation, tenantId, method, url, id: requestId } = request;
    const address = plainAddress(request.ip, request.socket.remoteAddress);
    const [path = '/'] = url.split('?', 1);
    const facts = { actor, operation, tenantId, method, path, requestId, address };
    this.refusals.refused({ ...facts, status: STATUS_OF[kind], code });
  }

  /** A request that matched no route: another method's path is 405, anything else 404. */
  private unrouted(request: FastifyRequest, reply: FastifyReply): AppError | undefined {
    if (!request.is404) return undefined;
    const path = request.url.split('?', 1)[0] ?? '/';
    const methods = this.routes.methodsOf(path);
    if (methods.length === 0) {
      return new AppError('not_found', 'route_not_found', 'There is no such path; see /docs.');
    }
    void reply.header('Allow', methods.join(', '));
    return new AppError(
      'method_not_allowed',
      'method_not_allowed',
      `This path takes ${methods.join(', ')}, not ${request.method}.`,
    );
  }
}
