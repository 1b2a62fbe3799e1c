/**
 * JSON in one form: keys sorted by their UTF-16 code units, numbers as JavaScript prints them
 * (`-0` is `0`), no blanks. Equal documents are equal text.
 *
 * @param value what JSON can hold; keys that are `undefined` are left out
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? sorted(inner) : inner));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy with sorted keys; without a prototype, so that every key is a plain one. */
function sorted(value: Record<string, unknown>): Record<string, unknown> {
  const copy = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(value).sort()) copy[key] = value[key];
  return copy;
}
