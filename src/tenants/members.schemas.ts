import { z } from 'zod';
import { TENANT_ROLES } from '../access/permissions.js';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { lookupSchema, timeSchema } from '../platform/http/text.schemas.js';
import { tenantParams } from './tenants.schemas.js';

const roleSchema = z
  .enum(TENANT_ROLES)
  .describe('What the person may do: viewers look, developers deploy, owners decide.')
  .meta({ id: 'TenantRole' });

/** Body of a new member: the address of an account, and the role. */
export const addMemberSchema = z
  .strictObject({
    email: z
      .string()
      .trim()
      .max(254, 'must be at most 254 characters')
      .pipe(z.email('must be an email address'))
      .describe('Address of an account that exists.')
      .meta({ example: 'ada@example.com' }),
    role: roleSchema,
  })
  .meta({ id: 'AddMember' });

/** Body of another role. */
export const changeMemberSchema = z.strictObject({ role: roleSchema }).meta({ id: 'ChangeMember' });

/** A member of a tenant. */
export const memberSchema = z
  .object({
    userId: z.string().meta({ example: 'usr_01j8zq6k3v0000000000000000' }),
    email: z.string(),
    displayName: z.string(),
    role: roleSchema,
    createdAt: timeSchema.describe('When the person was added.'),
  })
  .meta({ id: 'Member' });

/** Answer to a removal: the id of the person. */
export const memberRemovedSchema = z.object({ removed: z.string() }).meta({ id: 'MemberRemoved' });

export const memberParams = tenantParams.extend({
  userId: lookupSchema(100).describe('Id of the person (`usr_…`).'),
});

/** Page of the list of members. */
export const listMembersQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export type AddMember = z.output<typeof addMemberSchema>;
export type ChangeMember = z.output<typeof changeMemberSchema>;
export type MemberView = z.output<typeof memberSchema>;
export type MemberParams = z.output<typeof memberParams>;
export type ListMembersQuery = z.output<typeof listMembersQuery>;
