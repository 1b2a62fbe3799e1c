import { applyDecorators, HttpCode, SetMetadata } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiOperation,
  ApiResponse,
  type ApiResponseOptions,
  ApiSecurity,
} from '@nestjs/swagger';
import type { z } from 'zod';
import { errorResponse, type ErrorStatus } from '../platform/http/error-responses.js';
import { openApiSchema } from '../platform/http/openapi-schemas.js';
import type { Permission } from './permissions.js';

/** Metadata key of what a route demands. */
export const ALLOW = 'nexus:allow';

/** A permission, or `public` for routes that take no credential. */
export type Allowance = Permission | 'public';

export interface EndpointOptions {
  /** Stable operation id; becomes the name of a function in the generated clients. */
  id: string;
  allow: Allowance;
  /** One line. */
  summary: string;
  /** Markdown. */
  description?: string;
  /** Status of success; 200 when absent, 204 answers have no body. */
  status?: number;
  /** Schema of the answer. */
  returns?: z.ZodType;
  example?: unknown;
  /** Headers of the answer by name, with what they hold. */
  headers?: Readonly<Record<string, string>>;
  /** Error statuses beyond those that every route has. */
  errors?: readonly ErrorStatus[];
}

/** Declares one route: its permission and its place in the API document. */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  const { id, allow, summary, description, status = 200 } = options;
  const errors = new Set<ErrorStatus>([...(options.errors ?? []), 400, 503]);
  const secured = allow === 'public' ? [] : [ApiBearerAuth('jwt'), ApiSecurity('apiKey')];
  if (allow !== 'public') for (const error of [401, 403] as const) errors.add(error);
  return applyDecorators(
    SetMetadata(ALLOW, allow),
    HttpCode(status),
    ApiOperation({
      operationId: id,
      summary,
      ...(description === undefined ? {} : { description }),
    }),
    ApiResponse(successResponse(options, status)),
    ...[...errors].sort().map((error) => ApiResponse(errorResponse(error))),
    ...secured,
  );
}

function successResponse(options: EndpointOptions, status: number): ApiResponseOptions {
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, text]) => [
      name,
      { description: text, schema: { type: 'string' as const } },
    ]),
  );
  const common = { status, description: options.summary, headers };
  if (options.returns === undefined) return common;
  const media = { schema: openApiSchema(options.returns, 'output'), example: options.example };
  return { ...common, content: { 'application/json': media } };
}
