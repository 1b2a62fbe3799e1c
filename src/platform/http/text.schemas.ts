import { z } from 'zod';

// In ranges rather than Unicode classes: not every reader of the API document knows those.
// oxlint-disable-next-line no-control-regex
const ONE_LINE = /^[^\u0000-\u001F\u007F-\u009F\u2028\u2029]*$/;
const NOT_ONE_LINE = 'must be one line without control characters';

/** A line of text for people: trimmed, no control characters, at most `max` characters. */
export function lineSchema(max: number, min = 1) {
  return z
    .string()
    .trim()
    .min(min, min === 1 ? 'must not be empty' : `must be at least ${min} characters`)
    .max(max, `must be at most ${max} characters`)
    .regex(ONE_LINE, NOT_ONE_LINE)
    .refine((text) => text.isWellFormed(), NOT_ONE_LINE);
}

/** A time as ISO-8601 text in UTC. */
export const timeSchema = z.iso.datetime().meta({ example: '2026-01-31T09:30:00.000Z' });
