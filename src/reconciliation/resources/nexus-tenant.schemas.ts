import { z } from 'zod';
import { QUANTITY } from '../../platform/kubernetes-quantity/quantity.js';
import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import { NODE_PROFILES, TENANT_PHASES } from '../../tenants/tenants.schemas.js';
import { conditionsSchema } from './condition-list.schemas.js';
import type { API_VERSION } from './resource-names.js';
import { rules } from './structural-schema.js';

// The NexusTenant: these schemas are its type, and its definition in `crds/` is made from them.
// What they refuse is what the HTTP door refuses (`src/tenants/tenants.schemas.ts`).

/** No control characters, no blanks at the ends; in the words of RE2, which the API server reads. */
const ONE_LINE = String.raw`^[^\x00-\x20\x7f-\xa0\x{2028}\x{2029}]([^\x00-\x1f\x7f-\x9f\x{2028}\x{2029}]*[^\x00-\x20\x7f-\xa0\x{2028}\x{2029}])?$`;

const MOST_AGENTS = 100_000;

function quantity(what: string) {
  return z
    .string()
    .max(25)
    .describe(what)
    .meta({
      pattern: QUANTITY.source,
      ...rules({
        // What is no quantity at all is refused by the pattern, in words of its own.
        rule: "!isQuantity(self) || quantity(self).isGreaterThan(quantity('0'))",
        message: 'must be a quantity above zero such as "2" or "4Gi"',
      }),
    });
}

/** What is wanted of a tenant; what is absent has the default of the control plane. */
export const nexusTenantSpecSchema = z.strictObject({
  displayName: z
    .string()
    .min(1)
    .max(100)
    .meta({ pattern: ONE_LINE })
    .optional()
    .describe('Name for people. The name of the resource when absent.'),
  nodeProfile: z.enum(NODE_PROFILES).default('full').describe('Role of the node.'),
  resourceQuota: z
    .strictObject({
      maxAgents: z.int().min(0).max(MOST_AGENTS).optional().describe('Agents at most.'),
      cpu: quantity('CPU of the namespace, as a quantity such as "2".').optional(),
      memory: quantity('Memory of the namespace, as a quantity such as "4Gi".').optional(),
    })
    .optional()
    .describe('What the tenant may use.'),
  suspend: z.boolean().default(false).describe('Stops the node and keeps everything else.'),
  deletionProtection: z
    .boolean()
    .default(false)
    .describe('Refuses the deletion of the tenant and of its namespace until it is lifted.'),
  nodeVersion: z
    .string()
    .min(1)
    .max(128)
    .meta({ pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$' })
    .optional()
    .describe("Tag of the node's image; that of the control plane's settings when absent."),
});

/** What was observed of a tenant. */
export const nexusTenantStatusSchema = z.strictObject({
  phase: z.enum(TENANT_PHASES).optional(),
  namespace: z.string().optional().describe('Where its objects and agents are.'),
  nodeEndpoint: z.string().optional().describe('Where its node listens.'),
  agentCount: z.int().min(0).optional().describe('Agents that it has.'),
  observedGeneration: z.int().min(0).optional().describe('The generation that this is about.'),
  conditions: conditionsSchema.optional(),
});

export type NexusTenantSpec = z.input<typeof nexusTenantSpecSchema>;
export type NexusTenantStatus = z.output<typeof nexusTenantStatusSchema>;

/** A tenant as a resource, in the namespace of the control plane. */
export interface NexusTenant extends KubernetesObject {
  apiVersion: typeof API_VERSION;
  kind: 'NexusTenant';
  spec: NexusTenantSpec;
  status?: NexusTenantStatus;
}
