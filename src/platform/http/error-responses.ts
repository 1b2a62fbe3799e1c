import type { ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { openApiSchema } from './openapi-schemas.js';

const issueSchema = z
  .object({
    path: z.string().describe('Where in the input, for example `spec.tools[0].name`.'),
    message: z.string(),
  })
  .meta({ id: 'Issue' });

/** The body of every error answer (the HTTP contract, Errors). */
export const errorSchema = z
  .looseObject({
    error: z.string().describe('One sentence that says what is wrong and what to do.'),
    code: z.string().describe('A stable word to match on.'),
    requestId: z.string().describe('Also in `X-Request-Id`; name it when asking for help.'),
    errors: z.array(z.string()).optional().describe('One line a fault of the input, path first.'),
    issues: z.array(issueSchema).optional().describe('The same, with the path apart.'),
  })
  .meta({ id: 'Error' });

const DESCRIPTIONS = {
  400: 'The input is invalid, or the tenant is not clear.',
  401: 'No credential, or one that is not valid.',
  403: 'The credential may not do this.',
  404: 'There is no such thing, or none that the credential may see.',
  405: 'The path takes other methods; see `Allow`.',
  408: 'The request took too long to arrive.',
  409: 'It conflicts with what is there.',
  412: '`If-Match` names an older revision.',
  413: 'The body is larger than 256 KiB.',
  414: 'The URL is longer than 8 KiB.',
  415: 'The content type is not supported.',
  429: 'Too many requests; see `Retry-After`.',
  431: 'The headers are larger than 16 KiB.',
  502: 'The node could not be reached, or answered nonsense.',
  503: 'The server cannot answer right now; see `Retry-After`.',
  504: 'The node did not answer in time.',
} as const;

export type ErrorStatus = keyof typeof DESCRIPTIONS;

/** What every route may answer: most of it comes from the parser, before there is a route. */
export const ALWAYS: readonly ErrorStatus[] = [400, 408, 414, 431, 503];

const CODES: Readonly<Record<ErrorStatus, string>> = {
  400: 'invalid_request',
  401: 'credential_required',
  403: 'permission_missing',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  412: 'revision_stale',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'headers_too_large',
  502: 'node_unreachable',
  503: 'storage_unavailable',
  504: 'node_timeout',
};

const RETRY_AFTER: NonNullable<ApiResponseOptions['headers']> = {
  'Retry-After': {
    description: 'After how many seconds it makes sense to try again.',
    schema: { type: 'integer' },
  },
};

/** The documentation of one error status. */
export function errorResponse(status: ErrorStatus): ApiResponseOptions {
  const example = {
    error: DESCRIPTIONS[status],
    code: CODES[status],
    requestId: '7f1c0a52-5d55-4a53-9d53-0d7a3a3b6a11',
  };
  return {
    status,
    ...(status === 429 || status === 503 ? { headers: RETRY_AFTER } : {}),
    description: DESCRIPTIONS[status],
    content: { 'application/json': { schema: openApiSchema(errorSchema, 'output'), example } },
  };
}
