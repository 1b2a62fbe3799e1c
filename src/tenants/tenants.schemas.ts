import { z } from 'zod';
import { conditionSchema } from '../platform/controller/condition.schemas.js';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { lineSchema, lookupSchema, timeSchema } from '../platform/http/text.schemas.js';
import { QUANTITY, quantityValue } from '../platform/kubernetes-quantity/quantity.js';

export const TENANT_PHASES = [
  'Pending',
  'Provisioning',
  'Ready',
  'Suspended',
  'Error',
  'Deleting',
] as const;

export type TenantPhase = (typeof TENANT_PHASES)[number];

export const NODE_PROFILES = ['full', 'gateway', 'inference', 'worker'] as const;

const nodeProfile = z.enum(NODE_PROFILES).meta({ id: 'NodeProfile' });

function quantitySchema(what: string, example: string) {
  const message = `must be a quantity above zero such as "${example}"`;
  return z
    .string()
    .regex(QUANTITY, message)
    .refine((value) => QUANTITY.test(value) && quantityValue(value) > 0, message)
    .describe(what)
    .meta({ example });
}

const MOST_AGENTS = 100_000;

const quotaInput = z
  .strictObject({
    maxAgents: z
      .int()
      .min(0)
      .max(MOST_AGENTS)
      .optional()
      .describe('Agents at most.')
      .meta({ example: 50 }),
    cpu: quantitySchema('CPU of the node.', '2').optional(),
    memory: quantitySchema('Memory of the node.', '4Gi').optional(),
  })
  .meta({ id: 'ResourceQuotaInput' });

const displayName = lineSchema(100).describe('Name for people.').meta({ example: 'Customer care' });
const deletionProtection = z.boolean().describe('Refuses deletion until it is lifted.');

/** Body of a new tenant; quantities are those of Kubernetes. */
export const createTenantSchema = z
  .strictObject({
    displayName,
    nodeProfile: nodeProfile.default('full').describe('Role of the node.'),
    resourceQuota: quotaInput.optional(),
    deletionProtection: deletionProtection.default(false),
  })
  .meta({ id: 'CreateTenant' });

/** Body of a change: what is absent stays as it is. */
export const patchTenantSchema = z
  .strictObject({
    displayName: displayName.optional(),
    resourceQuota: quotaInput.optional(),
    suspend: z.boolean().optional().describe('Stops the node and keeps everything else.'),
    deletionProtection: deletionProtection.optional(),
  })
  .meta({ id: 'PatchTenant' });

/** The door that something is changed through. */
export const originSchema = z
  .enum(['api', 'cluster'])
  .describe('The door that it is changed through: this API, or its resource in the cluster.')
  .meta({ id: 'Origin' });

/** Who changes what is changed through the cluster. */
export const fieldManagerSchema = z
  .string()
  .nullable()
  .describe('Who manages its resource, as the cluster names it; null with the origin `api`.');

/** Body of a hand-over: the door that the tenant and its agents are changed through from now on. */
export const handOverSchema = z
  .strictObject({
    origin: originSchema,
    only: z
      .enum(['tenant', 'agents'])
      .meta({ id: 'HandOverPart' })
      .optional()
      .describe('Hands over the tenant alone, or its agents alone; both when absent.'),
  })
  .meta({ id: 'HandOver' });

/** A tenant: what is wanted of it, and what was observed. */
export const tenantSchema = z
  .object({
    id: z.string().meta({ example: 't_01j8zq6k3v0000000000000000' }),
    crName: z.string().meta({ example: 'tenant-5f0c1a8e-8a4e-4f0e-9c1d-0d7a3a3b6a11' }),
    displayName: z.string(),
    nodeProfile,
    resourceQuota: z
      .object({ maxAgents: z.int(), cpu: z.string(), memory: z.string() })
      .meta({ id: 'ResourceQuota' }),
    phase: z.enum(TENANT_PHASES).meta({ id: 'TenantPhase' }),
    ready: z.boolean().describe('Whether its node answers.'),
    namespace: z.string().describe('Equal to `crName`.'),
    nodeEndpoint: z
      .string()
      .nullable()
      .describe('Where its node listens; a loopback address is shown to admins alone.'),
    nodeVersion: z.string().nullable(),
    agentCount: z.int(),
    suspend: z.boolean(),
    deletionProtection: z.boolean(),
    origin: originSchema,
    fieldManager: fieldManagerSchema,
    generation: z.int().describe('Counts the changes of what is wanted.'),
    observedGeneration: z.int().describe('The generation that phase and conditions are about.'),
    conditions: z.array(conditionSchema),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Tenant' });

/** Answer to a deletion: the id. */
export const tenantDeletedSchema = z.object({ deleted: z.string() }).meta({ id: 'TenantDeleted' });

/** `:id` of a tenant: its id or its crName. */
export const tenantParams = z.strictObject({
  id: lookupSchema(100).describe('Id (`t_…`) or crName (`tenant-…`) of the tenant.'),
});

/** Page of a list of tenants. */
export const listTenantsQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export type CreateTenant = z.output<typeof createTenantSchema>;
export type HandOver = z.output<typeof handOverSchema>;
export type PatchTenant = z.output<typeof patchTenantSchema>;
export type TenantView = z.output<typeof tenantSchema>;
export type TenantParams = z.output<typeof tenantParams>;
export type ListTenantsQuery = z.output<typeof listTenantsQuery>;
