import { z } from 'zod';

/** In words that regular expressions of every language have: generated clients use it too. */
// oxlint-disable-next-line no-control-regex
const ONE_LINE = /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/;

/** Text that may be looked up as it is: no control characters, at most `max` characters. */
export function lookupSchema(max: number) {
  return z
    .string()
    .max(max, `must be at most ${max} characters`)
    .regex(ONE_LINE, 'must be one line without control characters');
}

/** A line of text for people: trimmed, no control characters, at most `max` characters. */
export function lineSchema(max: number, min = 1) {
  return z
    .string()
    .trim()
    .min(min, min === 1 ? 'must not be empty' : `must be at least ${min} characters`)
    .max(max, `must be at most ${max} characters`)
    .regex(ONE_LINE, 'must be one line without control characters')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');
}

/** A name as it stands in a path or a query: no control characters, at most `max` characters. */
export function plainSchema(max: number) {
  return z
    .string()
    .max(max, `must be at most ${max} characters`)
    .regex(ONE_LINE, 'must not hold control characters');
}

/** A time as ISO-8601 text in UTC. */
export const timeSchema = z.iso.datetime().meta({ example: '2026-01-31T09:30:00.000Z' });
