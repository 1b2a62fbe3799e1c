import { type Parameter, resolve, type Schema } from './document.js';

/** A valid value: the example where there is one, and of an object only what it must have. */
export function sampleOf(schema: Schema): unknown {
  const { example, default: fallback, const: only, enum: words, ...rest } = resolve(schema);
  const given = example ?? fallback ?? only ?? (words as unknown[] | undefined)?.[0];
  return given === undefined ? madeUp(rest) : given;
}

const SIMPLE: Readonly<Record<string, unknown>> = {
  boolean: true,
  integer: 1,
  number: 1,
  string: 'sample',
  null: null,
};

function madeUp({ type, properties = {}, required = [], items, minItems, anyOf }: Schema): unknown {
  if (Array.isArray(anyOf)) return sampleOf(anyOf[0] as Schema);
  if (type === 'array') return minItems === undefined ? [] : [sampleOf(items as Schema)];
  if (type !== 'object') return SIMPLE[String(type)];
  const fields = properties as Record<string, Schema>;
  const names = required as string[];
  return Object.fromEntries(names.map((name) => [name, sampleOf(fields[name] ?? {})]));
}

/** The query that an operation must have, `?` included. */
export function sampleQuery(parameters: readonly Parameter[] = []): string {
  const needed = parameters.filter((one) => one.in === 'query' && one.required === true);
  if (needed.length === 0) return '';
  const pairs = needed.map(({ name, schema }) => [name, String(sampleOf(schema))]);
  return `?${new URLSearchParams(Object.fromEntries(pairs)).toString()}`;
}
