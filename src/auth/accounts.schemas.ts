import { z } from 'zod';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { lookupSchema, timeSchema } from '../platform/http/text.schemas.js';

const roleSchema = z.enum(['admin', 'user']).meta({ id: 'AccountRole' });

/** What an admin may change of an account; what is absent stays. */
export const patchAccountSchema = z
  .strictObject({
    disabled: z.boolean().optional().describe('A disabled account cannot log in.'),
    role: roleSchema.optional().describe('`admin` administers the whole installation.'),
  })
  .meta({ id: 'PatchAccount' });

/** An account as admins see it; never its password. */
export const accountSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    displayName: z.string(),
    role: roleSchema,
    disabled: z.boolean(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Account' });

/** `:id` of an account (`usr_…`). */
export const accountParams = z.strictObject({
  id: lookupSchema(100).describe('Id (`usr_…`) of the account.'),
});

/** Page of the list of accounts. */
export const listAccountsQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export type PatchAccount = z.output<typeof patchAccountSchema>;
export type AccountView = z.output<typeof accountSchema>;
export type AccountParams = z.output<typeof accountParams>;
export type ListAccountsQuery = z.output<typeof listAccountsQuery>;
