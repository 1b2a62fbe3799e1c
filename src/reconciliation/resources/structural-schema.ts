import { z } from 'zod';

// Kubernetes' structural schemas, made from Zod's. A definition of a resource may say less than
// JSON Schema (no `const`, no `additionalProperties: false`), and more (`x-kubernetes-*`), which is
// carried in the metadata of a schema.

/** A rule in CEL, and what is answered when it does not hold. */
export interface Rule {
  rule: string;
  message: string;
}

/** A node of a structural schema. */
export type StructuralSchema = { [key: string]: unknown };

/** Metadata: these rules hold for the value. */
export function rules(...all: Rule[]) {
  return { 'x-kubernetes-validations': all };
}

/** Metadata: fields that are not declared are kept. */
export function keepsUnknown() {
  return { 'x-kubernetes-preserve-unknown-fields': true };
}

/** Metadata: the list is a map, its items told apart by one field. */
export function mapKeyedBy(key: string) {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] };
}

/** Metadata: the object has one owner, who replaces it as a whole. */
export function oneValue() {
  return { 'x-kubernetes-map-type': 'atomic' };
}

/** What a definition says of the values that a schema lets pass. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      foldNull(jsonSchema);
      delete jsonSchema.additionalProperties;
      if (jsonSchema.type === 'integer') jsonSchema['format'] = 'int64';
      // The API server has no words for the bounds of JavaScript's whole numbers.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // Its own pattern would be read besides the format, in a dialect that is not the server's.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return json;
}

/** `null` besides a type is a word of its own there. */
function foldNull(json: z.core.JSONSchema.BaseSchema): void {
  const [one, other, ...rest] = json.anyOf ?? [];
  if (one === undefined || other?.type !== 'null' || rest.length > 0) return;
  delete json.anyOf;
  Object.assign(json, one, { nullable: true });
}
