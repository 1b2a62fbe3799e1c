import { z } from 'zod';
import { PERMISSIONS } from '../access/permissions.js';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { lineSchema, lookupSchema, timeSchema } from '../platform/http/text.schemas.js';

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 60 * 60;

const permissionSchema = z.enum(PERMISSIONS).meta({ id: 'Permission' });

const newKey = {
  label: lineSchema(100).describe('What the key is for.').meta({ example: 'ci' }),
  expiresIn: z
    .int()
    .min(1)
    .max(TEN_YEARS_SECONDS)
    .optional()
    .describe('Seconds until it expires; never when absent.'),
};

/** Body of a new admin-scope key. */
export const createAdminKeySchema = z.strictObject(newKey).meta({ id: 'CreateAdminKey' });

/** Body of a new key: its label, its life in seconds and what it may do. */
export const createApiKeySchema = z
  .strictObject({
    ...newKey,
    scopes: z
      .array(permissionSchema)
      .min(1)
      .max(PERMISSIONS.length)
      .optional()
      .describe('What it may do; what a developer may when absent.'),
  })
  .meta({ id: 'CreateApiKey' });

/** A new key; the only answer that ever holds the key itself. */
export const createdApiKeySchema = z
  .object({
    rawKey: z.string().describe('The key; it is never shown again.'),
    hash: z.string().describe('Names the key.'),
    label: z.string(),
    createdAt: timeSchema,
    expiresAt: timeSchema.nullable(),
  })
  .meta({ id: 'CreatedApiKey' });

/** A key in a list, without the key itself. */
export const apiKeySchema = z
  .object({
    hash: z.string(),
    label: z.string(),
    createdAt: timeSchema,
    createdBy: z.string().describe('Id of the user, or hash of the key, that made it.'),
    expiresAt: timeSchema.nullable(),
    lastUsedAt: timeSchema.nullable().describe('To the minute.'),
    scopes: z.array(permissionSchema),
  })
  .meta({ id: 'ApiKey' });

/** Answer to a revocation: the hash of the key. */
export const keyRevokedSchema = z.object({ revoked: z.string() }).meta({ id: 'KeyRevoked' });

const hash = lookupSchema(100).describe('Hash of the key.');

/** `:hash` of an admin-scope key. */
export const adminKeyParams = z.strictObject({ hash });

/** Page of a list of keys. */
export const listKeysQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

/** `:id` of a tenant and `:hash` of one of its keys. */
export const keyParams = z.strictObject({
  id: lookupSchema(100).describe('Id or crName of the tenant.'),
  hash,
});

export type CreateApiKey = z.output<typeof createApiKeySchema>;
export type CreateAdminKey = z.output<typeof createAdminKeySchema>;
export type AdminKeyParams = z.output<typeof adminKeyParams>;
export type ListKeysQuery = z.output<typeof listKeysQuery>;
export type CreatedApiKey = z.output<typeof createdApiKeySchema>;
export type ApiKeyView = z.output<typeof apiKeySchema>;
export type KeyParams = z.output<typeof keyParams>;
