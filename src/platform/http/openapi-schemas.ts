import type { OpenAPIObject, ApiResponseSchemaHost } from '@nestjs/swagger';
import { z } from 'zod';
import { DOCUMENTED_AS } from './number.schemas.js';
import { type Json, olderSchema } from './older-schema.js';

// Zod schemas as OpenAPI schemas. A schema with a `.meta({ id })` becomes a named component, and is
// referred to wherever it is used. A decorator runs before anybody knows which document it is for,
// so what it describes stays Zod until a document is made.

export type OpenApiSchema = ApiResponseSchemaHost['schema'];

/** The versions that documents are made in. */
export type OpenApiVersion = '3.1.0' | '3.0.3';

type Direction = 'input' | 'output';

/** What Zod calls the dialect of JSON Schema that a version speaks, and where it puts the named ones. */
const DIALECTS = {
  '3.1.0': { target: 'draft-2020-12', definitions: '$defs' },
  '3.0.3': { target: 'openapi-3.0', definitions: 'definitions' },
} as const;

/** Keeps a Zod schema in a description; a function, because those survive being copied. */
const PENDING = 'x-pending-schema';

interface Pending {
  schema: z.ZodType;
  io: Direction;
}

/** A schema for a decorator. It may stand in an object with further keys, which are kept. */
export function openApiSchema(schema: z.ZodType, io: Direction): OpenApiSchema {
  return { [PENDING]: (): Pending => ({ schema, io }) } as unknown as OpenApiSchema;
}

/** Converts the schemas of one document, and collects the named ones. */
export class SchemaCollector {
  private readonly components = new Map<string, Json>();

  constructor(private readonly version: OpenApiVersion) {}

  /**
   * Converts a schema; named ones come back as a reference.
   *
   * @throws Error when two different schemas have one name
   */
  convert(schema: z.ZodType, io: Direction): OpenApiSchema {
    const { target, definitions } = DIALECTS[this.version];
    const { properties, [definitions]: named = {} } = z.toJSONSchema(z.object({ root: schema }), {
      io,
      target,
      unrepresentable: 'any',
      override: ({ jsonSchema }) => {
        // It only repeats the format, and generated clients apply it to what is no text any more.
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        showAsDocumented(jsonSchema);
      },
    }) as unknown as { properties: { root: Json } } & Record<string, Record<string, Json>>;
    for (const [name, { id: _repeatsTheName, ...definition }] of Object.entries(named)) {
      this.add(name, this.finish(definition));
    }
    return this.finish(properties.root);
  }

  /** A copy of the document in which every schema of a decorator is converted, with components. */
  complete(document: OpenAPIObject): OpenAPIObject {
    const complete = this.resolve(document) as OpenAPIObject;
    const schemas = [...this.components].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...complete,
      components: { ...complete.components, schemas: Object.fromEntries(schemas) as never },
    };
  }

  private resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item));
    if (typeof value !== 'object' || value === null) return value;
    const { [PENDING]: pending, ...rest } = value as Json;
    const copy = Object.entries(rest).map(([key, child]) => [key, this.resolve(child)] as const);
    if (typeof pending !== 'function') return Object.fromEntries(copy);
    const { schema, io } = (pending as () => Pending)();
    return { ...this.convert(schema, io), ...Object.fromEntries(copy) };
  }

  private finish(schema: Json): Json {
    const pointed = pointToComponents(schema);
    return this.version === '3.0.3' ? olderSchema(pointed) : pointed;
  }

  private add(name: string, definition: Json): void {
    const known = this.components.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(
        `Two schemas of the API document are called ${name}, or it is not the same for requests and answers; give each a name of its own.`,
      );
    }
    this.components.set(name, definition);
  }
}

/** What is read from text is shown as what it is read as. */
function showAsDocumented(schema: Json): void {
  const { [DOCUMENTED_AS]: shown } = schema;
  if (shown === undefined) return;
  delete schema[DOCUMENTED_AS];
  delete schema['pattern'];
  Object.assign(schema, shown);
}

/** Moves references to where OpenAPI keeps schemas. */
function pointToComponents(value: Json): Json {
  const text = JSON.stringify(value);
  return JSON.parse(
    text.replaceAll(/"#\/(\$defs|definitions)\//g, '"#/components/schemas/'),
  ) as Json;
}
