import { z } from 'zod';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { timeSchema } from '../platform/http/text.schemas.js';
import { tenantParams } from './tenants.schemas.js';
import { VARIABLE_NAME, whyReserved } from './variable.rules.js';

const LONGEST_NAME = 128;
const MOST_BYTES = 16 * 1024;

/** Body of a variable: its value. */
export const setVariableSchema = z
  .strictObject({
    value: z
      .string()
      .min(1, 'must not be empty; DELETE takes a variable away')
      .refine(
        (value) => Buffer.byteLength(value) <= MOST_BYTES,
        `must be at most ${MOST_BYTES} bytes of UTF-8`,
      )
      .refine(
        (value) => value.isWellFormed() && !value.includes('\0'),
        'must be text without NUL characters',
      )
      .describe('The value, at most 16 KiB; it is never shown again.')
      .meta({ example: 'sk-…' }),
  })
  .meta({ id: 'SetVariable' });

/** A variable as it is listed: its name and times, never its value. */
export const variableSchema = z
  .object({
    name: z.string().meta({ example: 'OPENAI_API_KEY' }),
    createdAt: timeSchema,
    updatedAt: timeSchema.describe('When the value last changed.'),
  })
  .meta({ id: 'Variable' });

/** Answer to a deletion: the name. */
export const variableDeletedSchema = z
  .object({ deleted: z.string() })
  .meta({ id: 'VariableDeleted' });

export const variableParams = tenantParams.extend({
  name: z
    .string()
    .max(LONGEST_NAME)
    .regex(VARIABLE_NAME, 'must be capitals, digits and _, not beginning with a digit')
    .superRefine((name, context) => {
      const why = whyReserved(name);
      if (why !== undefined) context.addIssue(`is reserved: ${why}`);
    })
    .describe('Name of the environment variable.')
    .meta({ example: 'OPENAI_API_KEY' }),
});

/** Page of the list of variables. */
export const listVariablesQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export type SetVariable = z.output<typeof setVariableSchema>;
export type VariableView = z.output<typeof variableSchema>;
export type VariableParams = z.output<typeof variableParams>;
export type ListVariablesQuery = z.output<typeof listVariablesQuery>;
