import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AppError } from '../platform/errors/app-error.js';
import type { RawBody } from '../platform/http/body-parsers.js';
import { wantsEvents } from '../platform/http/event-stream.js';
import { type RequestWithActor, ServedRequest } from './access.guard.js';
import type { Actor } from './actor.js';
import type { AuthRequest } from './authenticator.js';
import type { TenantHints } from './tenant-scope.js';

function requestOf(context: ExecutionContext): RequestWithActor {
  return context.switchToHttp().getRequest<RequestWithActor>();
}

/** Who is asking. */
export const CurrentActor = createParamDecorator((_data: unknown, context): Actor => {
  const { actor } = requestOf(context);
  if (actor === undefined) throw new Error('A public route has no actor');
  return actor;
});

/** Where the path names a tenant, it is this parameter. */
const TENANT_ROUTES = '/api/v1/tenants/:id/';

/** What proved who is asking, for those who ask again later. */
export const Proof = createParamDecorator((_data: unknown, context): AuthRequest => {
  // All of it now: the connection may be gone when it is looked at.
  const { method, url, host, headers, address } = new ServedRequest(requestOf(context));
  return { method, url, host, headers, address };
});

/** `Last-Event-ID`, of a reader of events that comes again. */
export const LastEventId = createParamDecorator((_data: unknown, context): string | undefined => {
  const header = requestOf(context).headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
});

/** What the path, the headers and the query say about the tenant. */
export const Hints = createParamDecorator((_data: unknown, context): TenantHints => {
  const request = requestOf(context);
  const header = request.headers['x-tenant-id'];
  const { namespace } = request.query as { namespace?: unknown };
  const below = request.routeOptions.url?.startsWith(TENANT_ROUTES) === true;
  return {
    path: below ? (request.params as { id: string }).id : undefined,
    header: typeof header === 'string' && header !== '' ? header : undefined,
    namespaces: typeof namespace === 'string' ? [namespace] : [],
    found: ({ id }) => {
      request.tenantId = id;
    },
  };
});

/** The body as it came, on routes that parse it themselves. */
export const UnparsedBody = createParamDecorator((_data: unknown, context): RawBody => {
  const body = requestOf(context).body as RawBody | undefined | null;
  if (body?.bytes === undefined || body.bytes.length === 0) {
    throw new AppError('invalid', 'body_required', 'Send the agent spec as the body.');
  }
  return body;
});

/** Whether the caller asks for a stream of events. */
export const WantsEvents = createParamDecorator((_data: unknown, context): boolean =>
  wantsEvents(requestOf(context).headers.accept),
);

/** Aborts when the caller leaves, or has all of the answer: HEAD wants nothing of a stream. */
export const CallerGone = createParamDecorator((_data: unknown, context): AbortSignal => {
  const reply = context.switchToHttp().getResponse<FastifyReply>();
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort(new Error('The caller left')));
  return gone.signal;
});
