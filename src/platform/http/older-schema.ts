// What Zod makes for OpenAPI 3.0, mended until the generators that read it make something that works.

export type Json = Record<string, unknown>;

/** The one way to say `null` in OpenAPI 3.0. */
const ONLY_NULL = { type: 'string', nullable: true, enum: [null] } as const;

/** A copy of a schema in which every schema is mended. */
export function olderSchema(schema: Json): Json {
  const below = Object.entries(schema).map(([key, child]) => [key, mendBelow(child)] as const);
  return withoutTwins(mendReference(Object.fromEntries(below)));
}

function mendBelow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mendBelow);
  return typeof value === 'object' && value !== null ? olderSchema(value as Json) : value;
}

/**
 * There are no keys beside a `$ref`, and `nullable` counts only beside a `type`. Zod writes `allOf`
 * around a reference where it might need them; here that is kept where it does.
 */
function mendReference(schema: Json): Json {
  const { allOf, nullable, ...rest } = schema;
  const alone = Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as Json) : undefined;
  if (nullable === true && rest['type'] === undefined) return mendNullable(rest, alone);
  return alone !== undefined && Object.keys(rest).length === 0 ? alone : schema;
}

function mendNullable(rest: Json, reference: Json | undefined): Json {
  if (reference !== undefined) return { ...rest, anyOf: [reference, ONLY_NULL] };
  const { anyOf } = rest;
  return Array.isArray(anyOf) ? { ...rest, anyOf: [...(anyOf as Json[]), ONLY_NULL] } : rest;
}

/**
 * Leaves the second of two properties unnamed that most languages would give one name to, such as
 * `createdAt` and `created_at`: their generated clients would not compile.
 */
function withoutTwins(schema: Json): Json {
  const { properties, required } = schema as { properties?: Json; required?: string[] };
  if (schema['type'] !== 'object' || properties === undefined) return schema;
  const names = Object.keys(properties);
  const twins = new Set(names.filter((name, index) => names.findIndex(sameAs(name)) < index));
  if (twins.size === 0) return schema;
  const kept = Object.entries(properties).filter(([name]) => !twins.has(name));
  return {
    ...schema,
    properties: Object.fromEntries(kept),
    required: required?.filter((name) => !twins.has(name)) ?? [],
    additionalProperties: true,
  };
}

const bare = (name: string): string => name.replaceAll('_', '').toLowerCase();
const sameAs = (name: string) => (other: string) => bare(other) === bare(name);
