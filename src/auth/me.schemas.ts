import { z } from 'zod';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { lineSchema, lookupSchema, timeSchema } from '../platform/http/text.schemas.js';
import { newPasswordSchema, triedPasswordSchema } from './auth.schemas.js';

/** What people may change of themselves; a new password comes with the current one. */
export const patchMeSchema = z
  .strictObject({
    displayName: lineSchema(100).optional().meta({ example: 'Ada' }),
    currentPassword: triedPasswordSchema.optional(),
    newPassword: newPasswordSchema.optional(),
  })
  .refine(({ currentPassword, newPassword }) => !newPassword || currentPassword !== undefined, {
    path: ['currentPassword'],
    message: 'is required with newPassword',
  })
  .refine(({ currentPassword, newPassword }) => !currentPassword || newPassword !== undefined, {
    path: ['newPassword'],
    message: 'is required with currentPassword',
  })
  .meta({ id: 'PatchMe' });

/** One open session of the person who asks. */
export const sessionEntrySchema = z
  .object({
    id: z.string(),
    createdAt: timeSchema,
    lastUsedAt: timeSchema.describe('The log-in, or the last refresh.'),
    expiresAt: timeSchema.describe('When it ends unless it is refreshed.'),
    current: z.boolean().describe('Whether this request is part of it.'),
    userAgent: z.string().nullable().describe('What the program that used it last calls itself.'),
    address: z.string().nullable().describe('Where it was used from last.'),
  })
  .meta({ id: 'SessionEntry' });

/** `:id` of a session (`ses_…`). */
export const sessionParams = z.strictObject({
  id: lookupSchema(100).describe('Id (`ses_…`) of the session.'),
});

/** Page of the list of one's sessions. */
export const listSessionsQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export type PatchMe = z.output<typeof patchMeSchema>;
export type SessionEntry = z.output<typeof sessionEntrySchema>;
export type SessionParams = z.output<typeof sessionParams>;
export type ListSessionsQuery = z.output<typeof listSessionsQuery>;
