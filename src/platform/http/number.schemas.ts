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
  return z
    .string()
    .regex(new RegExp(`^\\d{1,${String(max).length}}$`), message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .meta({ [DOCUMENTED_AS]: { type: 'integer', minimum: min, maximum: max } });
}
