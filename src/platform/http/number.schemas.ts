import { z } from 'zod';

/** Under this key a schema says what the API document shows in its place. */
export const DOCUMENTED_AS = 'documentedAs';

/**
 * A whole number in a path or a query, where everything is text. It is read strictly, and shown as
 * the number that it is.
 *
 * @param min at least 0
 */
export function numberInText(min: number, max: number, message: string) {
  return documented(min, max, message, {});
}

/** As `numberInText`, for one that may be left out. */
export function numberInTextOr(fallback: number, min: number, max: number, message: string) {
  return documented(min, max, message, { default: fallback }).default(fallback);
}

function documented(min: number, max: number, message: string, more: object) {
  return z
    .string()
    .regex(new RegExp(`^\\d{1,${String(max).length}}$`), message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .meta({ [DOCUMENTED_AS]: { type: 'integer', minimum: min, maximum: max, ...more } });
}
