import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { z } from 'zod';
import { type OpenApiVersion, SchemaCollector } from './openapi-schemas.js';

// The API document, made from the same schemas that validate. Its server is wherever it was read.

/** What the document says of the product. */
export interface ApiTitle {
  title: string;
  description: string;
  version: string;
  /** What the tags of operations stand for, in the order in which they are shown. */
  tags: Readonly<Record<string, string>>;
}

/** Makes the OpenAPI document of an application. */
export function openApiDocument(
  app: INestApplication,
  title: ApiTitle,
  version: OpenApiVersion,
): OpenAPIObject {
  const { contact: _nobody, ...info } = describe(title, version).info;
  const collector = new SchemaCollector(version);
  const document = SwaggerModule.createDocument(app, describe(title, version), {
    standardSchemaConverter: (schema, { schemaType }) => ({
      schema: collector.convert(schema as z.ZodType, schemaType),
    }),
  });
  return collector.complete({ ...document, info, tags: tagsOf(document, title.tags) });
}

function describe(
  { title, description, version }: ApiTitle,
  openApiVersion: OpenApiVersion,
): Omit<OpenAPIObject, 'paths'> {
  return new DocumentBuilder()
    .setOpenAPIVersion(openApiVersion)
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'The server that this document was read from.')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'An access token, or an API key.' },
      'jwt',
    )
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key, `nxk_…`.' },
      'apiKey',
    )
    .build();
}

/** The tags in use, in the order of their descriptions; one without comes last. */
function tagsOf(
  { paths }: OpenAPIObject,
  descriptions: Readonly<Record<string, string>>,
): NonNullable<OpenAPIObject['tags']> {
  const used = new Set(
    Object.values(paths).flatMap((item) =>
      Object.values(item as Record<string, { tags?: string[] }>).flatMap(({ tags = [] }) => tags),
    ),
  );
  const order = new Set([...Object.keys(descriptions), ...[...used].sort()]);
  return [...order]
    .filter((name) => used.has(name))
    .map((name) => ({ name, description: descriptions[name] ?? '' }));
}
