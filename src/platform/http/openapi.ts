import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { z } from 'zod';
import { namedSchemas, openApiSchema } from './openapi-schemas.js';

// The API document, made from the same schemas that validate. It names no server: clients use the
// address that they read it from.

export const DOCS_PATH = 'docs';
export const OPENAPI_PATH = 'openapi.json';

/** What the document says of the product. */
export interface ApiTitle {
  title: string;
  description: string;
  version: string;
}

/** Makes the OpenAPI 3.1 document of an application. */
export function openApiDocument(
  app: INestApplication,
  { title, description, version }: ApiTitle,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An access token, or an API key.' },
      'jwt',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => ({
      schema: openApiSchema(schema as z.ZodType, schemaType),
    }),
  });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...namedSchemas() },
  };
  return document;
}

/** Serves the Swagger UI and the document; it is made when it is first asked for. */
export function serveOpenApi(app: INestApplication, title: ApiTitle): void {
  SwaggerModule.setup(DOCS_PATH, app, () => openApiDocument(app, title), {
    jsonDocumentUrl: OPENAPI_PATH,
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: title.title,
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true },
  });
}
