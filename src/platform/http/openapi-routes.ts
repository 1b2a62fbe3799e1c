import type { INestApplication } from '@nestjs/common';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';
import { type ApiTitle, openApiDocument } from './openapi.js';
import type { OpenApiVersion } from './openapi-schemas.js';

// The Swagger UI and the documents, for everybody. Each is made once, when it is first asked for.

/** Where the Swagger UI is. */
export const DOCS_PATH = 'docs';

/** Serves them, from this server alone. */
export function serveOpenApi(app: INestApplication, title: ApiTitle): void {
  const server = app.getHttpAdapter().getInstance() as FastifyInstance;
  const document = (version: OpenApiVersion): (() => OpenAPIObject) =>
    once(() => openApiDocument(app, title, version));
  const newest = document('3.1.0');
  const older = document('3.0.3');
  serve(server, '/openapi.json', 'application/json; charset=utf-8', () => JSON.stringify(newest()));
  serve(server, '/openapi-3.0.json', 'application/json; charset=utf-8', () =>
    JSON.stringify(older()),
  );
  serve(server, '/openapi.yaml', 'application/yaml; charset=utf-8', () =>
    stringify(newest(), { aliasDuplicateObjects: false }),
  );
  SwaggerModule.setup(DOCS_PATH, app, newest, {
    raw: false,
    customSiteTitle: title.title,
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      deepLinking: true,
      filter: true,
      operationsSorter: 'alpha',
      // Nobody else is asked about this document.
      validatorUrl: null,
    },
  });
}

function serve(server: FastifyInstance, url: string, type: string, make: () => string): void {
  const text = once(make);
  server.get(url, (_request, reply) => {
    void reply.type(type).send(text());
  });
}

function once<T extends object | string>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
