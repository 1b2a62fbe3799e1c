import type { ApiResponseSchemaHost } from '@nestjs/swagger';
import { z } from 'zod';

// Zod schemas as OpenAPI 3.1 schemas. A schema with a `.meta({ id })` becomes a named component,
// and is referred to wherever it is used.

export type OpenApiSchema = ApiResponseSchemaHost['schema'];

interface Converted {
  properties: { root: OpenApiSchema };
  $defs?: Record<string, OpenApiSchema & { id?: string }>;
}

const components = new Map<string, OpenApiSchema>();

/** Every named schema that was converted so far, by name. */
export function namedSchemas(): Record<string, OpenApiSchema> {
  return Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Converts a schema; named ones come back as a reference. */
export function openApiSchema(schema: z.ZodType, io: 'input' | 'output'): OpenApiSchema {
  const { properties, $defs = {} } = z.toJSONSchema(z.object({ root: schema }), {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
  }) as unknown as Converted;
  for (const [name, { id: _repeatsTheName, ...definition }] of Object.entries($defs)) {
    components.set(name, pointToComponents(definition));
  }
  return pointToComponents(properties.root);
}

/** Moves references to where OpenAPI keeps schemas. */
function pointToComponents(value: OpenApiSchema): OpenApiSchema {
  const text = JSON.stringify(value);
  return JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as OpenApiSchema;
}
