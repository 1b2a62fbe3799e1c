import { z } from 'zod';
import { PERMISSIONS } from '../access/permissions.js';
import { lineSchema, lookupSchema } from '../platform/http/text.schemas.js';

export const PASSWORD_MIN = 12;
const PASSWORD_MAX = 256;

const email = z
  .string()
  .trim()
  .max(254, 'must be at most 254 characters')
  .pipe(z.email('must be an email address'))
  .meta({ example: 'ada@example.com' });

/** A password that is being chosen. */
export const newPasswordSchema = z
  .string()
  .min(PASSWORD_MIN, `must be at least ${PASSWORD_MIN} characters`)
  .max(PASSWORD_MAX, `must be at most ${PASSWORD_MAX} characters`)
  .refine((value) => new Set(value).size >= 5, 'must have at least 5 different characters')
  .meta({ example: 'correct horse battery' });

/** Body of a registration; the address is trimmed. */
export const registerSchema = z
  .strictObject({
    email,
    password: newPasswordSchema,
    displayName: lineSchema(100).optional().describe('The part before the @ when absent.'),
  })
  .refine(({ email: address, password }) => password.toLowerCase() !== address.toLowerCase(), {
    path: ['password'],
    message: 'must not be the email address',
  })
  .meta({ id: 'Register' });

/** Any text may be tried; only what was chosen is held to the rules. */
export const triedPasswordSchema = z.string().max(1024).meta({ example: 'correct horse battery' });

/** Body of a log-in: any line may be tried, only what is chosen is held to the rules. */
export const loginSchema = z
  .strictObject({
    email: lookupSchema(1024).meta({ example: 'ada@example.com' }),
    password: triedPasswordSchema,
  })
  .meta({ id: 'Login' });

const refreshToken = z.string().max(200).meta({ example: 'rt_…' });

/** Body of a refresh. */
export const refreshSchema = z.strictObject({ refreshToken }).meta({ id: 'Refresh' });

/** Body of a logout, which may be left out whole. */
export const logoutSchema = z
  .strictObject({ refreshToken: refreshToken.optional() })
  .optional()
  .meta({ id: 'Logout' });

/** The two tokens of a session and whose it is. */
export const sessionSchema = z
  .object({
    accessToken: z.string().describe('A JWT for `Authorization: Bearer`.'),
    refreshToken: z.string().describe('Good for one refresh.'),
    expiresIn: z.int().describe('Seconds that the access token is good for.'),
    user: z
      .object({ id: z.string(), email: z.string(), displayName: z.string() })
      .meta({ id: 'User' }),
  })
  .meta({ id: 'Session' });

const membership = z
  .object({ id: z.string(), displayName: z.string(), role: z.string() })
  .meta({ id: 'Membership' });

/** Who is asking, when it is a person. */
export const userIdentitySchema = z
  .object({
    id: z.string(),
    email: z.string(),
    displayName: z.string(),
    role: z.enum(['admin', 'user']).meta({ id: 'PlatformRole' }),
    tenants: z.array(membership),
    tenantId: z.string().optional().describe('The tenant, when it is the only one.'),
  })
  .meta({ id: 'UserIdentity' });

/** Who is asking, when it is an API key; `tenantId` is null for an admin-scope key. */
export const keyIdentitySchema = z
  .object({
    keyLabel: z.string(),
    tenantId: z.string().nullable(),
    scope: z.enum(['tenant', 'admin']).meta({ id: 'KeyScope' }),
    permissions: z.array(z.enum(PERMISSIONS).meta({ id: 'Permission' })),
  })
  .meta({ id: 'KeyIdentity' });

/** Who is asking: a person or a key. */
export const identitySchema = z
  .union([userIdentitySchema, keyIdentitySchema])
  .meta({ id: 'Identity' });

export type Register = z.output<typeof registerSchema>;
export type Login = z.output<typeof loginSchema>;
export type Refresh = z.output<typeof refreshSchema>;
export type Logout = z.output<typeof logoutSchema>;
export type SessionView = z.output<typeof sessionSchema>;
export type UserIdentity = z.output<typeof userIdentitySchema>;
export type Identity = z.output<typeof identitySchema>;
