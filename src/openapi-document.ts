import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { API_TITLE } from './api-title.js';
import { AppModule, type AppParts } from './app.module.js';
import { createAdapter } from './platform/http/http-server.js';
import { KnownRoutes } from './platform/http/known-routes.js';
import { openApiDocument } from './platform/http/openapi.js';
import type { OpenApiVersion } from './platform/http/openapi-schemas.js';

/**
 * Makes the API document without starting anything: no database, no listener. The parts of the
 * application are described, never built, so none of them is needed.
 */
export async function makeOpenApiDocument(
  parts: AppParts,
  version: OpenApiVersion,
): Promise<OpenAPIObject> {
  const app = await NestFactory.create(AppModule.forRoot(parts), createAdapter(new KnownRoutes()), {
    preview: true,
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  const document = openApiDocument(app, API_TITLE, version);
  await app.close();
  return document;
}
