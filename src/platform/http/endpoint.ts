import { applyDecorators, HttpCode, SetMetadata } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtension,
  ApiOperation,
  ApiResponse,
  type ApiResponseOptions,
  ApiSecurity,
} from '@nestjs/swagger';
import type { z } from 'zod';
import { ALWAYS, errorResponse, type ErrorStatus } from './error-responses.js';
import { EVENT_STREAM } from './event-stream.js';
import { openApiSchema } from './openapi-schemas.js';
import { validateArguments } from './validated-arguments.js';

/** Metadata key of what a route demands. */
export const ALLOW = 'nexus:allow';

/** Metadata key of a route's operation id. */
export const OPERATION = 'nexus:operation';

/** What a route that takes no credential demands. */
export const PUBLIC = 'public';

export interface EndpointOptions<Permission extends string> {
  /** Stable operation id; becomes the name of a function in the generated clients. */
  id: string;
  /** A permission, or `public`. */
  allow: Permission | typeof PUBLIC;
  /** One line. */
  summary: string;
  /** Markdown. */
  description?: string;
  /** Status of success; 200 when absent, 204 answers have no body. */
  status?: number;
  /** Schema of the answer. */
  returns?: z.ZodType;
  example?: unknown;
  /** An example of the events, where the answer may also be a stream of them. */
  events?: string;
  /** Headers of the answer by name, with what they hold. */
  headers?: Readonly<Record<string, string>>;
  /** Error statuses beyond those that every route has. */
  errors?: readonly ErrorStatus[];
}

/**
 * Puts the permission of one route, the check of what is sent to it and its place in the API document
 * into one decorator.
 */
export function describeEndpoint(options: EndpointOptions<string>): MethodDecorator {
  const { id, allow, summary, description, status = 200 } = options;
  const errors = new Set<ErrorStatus>([...(options.errors ?? []), ...ALWAYS]);
  const secured = allow === PUBLIC ? [] : [ApiBearerAuth('jwt'), ApiSecurity('apiKey')];
  if (allow !== PUBLIC) for (const error of [401, 403] as const) errors.add(error);
  return applyDecorators(
    // First: the others describe the handler that it leaves.
    validateArguments,
    SetMetadata(ALLOW, allow),
    SetMetadata(OPERATION, id),
    HttpCode(status),
    ApiOperation({
      operationId: id,
      summary,
      ...(description === undefined ? {} : { description }),
      ...(allow === PUBLIC ? { security: [] } : {}),
    }),
    ApiExtension('x-permission', allow),
    ApiResponse(successResponse(options, status)),
    ...[...errors].sort((a, b) => a - b).map((error) => ApiResponse(errorResponse(error))),
    ...secured,
  );
}

function successResponse(options: EndpointOptions<string>, status: number): ApiResponseOptions {
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, text]) => [
      name,
      { description: text, schema: { type: 'string' as const } },
    ]),
  );
  const common = { status, description: options.summary, headers };
  if (options.returns === undefined) return common;
  const media = { schema: openApiSchema(options.returns, 'output'), example: options.example };
  if (options.events === undefined) return { ...common, content: { 'application/json': media } };
  // No schema: readers of the document disagree on whether it would be that of an event or of all.
  const events = { schema: {}, example: options.events };
  return { ...common, content: { 'application/json': media, [EVENT_STREAM]: events } };
}
