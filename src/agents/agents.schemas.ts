import { z } from 'zod';
import { conditionSchema } from '../platform/controller/condition.schemas.js';
import { numberInText } from '../platform/http/number.schemas.js';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { plainSchema, timeSchema } from '../platform/http/text.schemas.js';
import { fieldManagerSchema, originSchema } from '../tenants/tenants.schemas.js';

export const AGENT_PHASES = [
  'Pending',
  'Deploying',
  'Running',
  'Paused',
  'Failed',
  'Stopped',
] as const;

export type AgentPhase = (typeof AGENT_PHASES)[number];

const name = z.string().meta({ example: 'support-bot' });
const statusWord = z
  .string()
  .describe('The phase in lower case; `updating` while a newer spec is on its way.')
  .meta({ example: 'running' });
const phase = z.enum(AGENT_PHASES).meta({ id: 'AgentPhase' });
const revision = z.int().describe('Counts the specs; also the `ETag`.');
const version = z.string().nullable().describe('`metadata.version` of the spec.');
const namespace = z.string().describe("The tenant's crName.");

/** An agent spec (`astromesh/v1`): what is not named here is kept as it is. */
export const agentSpecSchema = z
  .looseObject({
    apiVersion: z.literal('astromesh/v1').meta({ id: 'AgentApiVersion' }),
    kind: z.literal('Agent').meta({ id: 'AgentKind' }),
    metadata: z
      .looseObject({
        name: z
          .string()
          .max(63)
          .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
          .describe('An RFC 1123 label.')
          .meta({ example: 'support-bot' }),
        version: z.string().optional(),
        namespace: z
          .unknown()
          .optional()
          .describe('Id or crName of the tenant that is meant; anything else is kept as it is.')
          .meta({ example: 'tenant-2a65cbfb-66f4-4654-9120-e0b7f315231c' }),
        labels: z
          .unknown()
          .optional()
          .describe('Text by name, which lists can be filtered by; anything else is kept as it is.')
          .meta({ example: { team: 'support' } }),
      })
      .meta({ id: 'AgentMetadata' }),
    spec: z.looseObject({}).meta({ id: 'AgentSpecBody' }),
  })
  .meta({ id: 'AgentSpec' });

/** Answer to a create. Each time is there under two names, which the HTTP contract asks for. */
export const createdAgentSchema = z
  .object({
    name,
    namespace,
    version,
    revision,
    status: statusWord,
    phase,
    createdAt: timeSchema,
    created_at: timeSchema,
    warnings: z.array(z.string()).optional().describe('What is unusual in the spec, but kept.'),
  })
  .meta({ id: 'CreatedAgent' });

/** Answer to a change of the spec, and to a revert. */
export const updatedAgentSchema = z
  .object({
    name,
    namespace,
    version,
    revision,
    status: statusWord,
    updatedAt: timeSchema,
    warnings: z.array(z.string()).optional(),
  })
  .meta({ id: 'UpdatedAgent' });

/** An agent in a list. */
export const agentSummarySchema = z
  .object({
    name,
    namespace,
    version,
    revision,
    phase,
    status: statusWord,
    ready: z.boolean(),
    model: z.string().nullable().describe('`provider/model` of the first candidate.'),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    created_at: timeSchema,
    updated_at: timeSchema,
  })
  .meta({ id: 'AgentSummary' });

/** What was observed of an agent, and of which generation. */
export const agentStatusSchema = z
  .object({
    phase,
    state: statusWord,
    nodeAck: z.boolean().describe('The node held exactly this revision at `lastSyncedAt`.'),
    lastSyncedAt: timeSchema.nullable(),
    ready: z.boolean(),
    observedGeneration: z.int(),
    conditions: z.array(conditionSchema),
  })
  .meta({ id: 'AgentStatus' });

/** One agent in full: its spec, also under `manifest`, its status and its node. */
export const agentSchema = z
  .object({
    ...agentSummarySchema.omit({ status: true }).shape,
    paused: z.boolean(),
    origin: originSchema,
    fieldManager: fieldManagerSchema,
    generation: z.int().describe('Counts every change of what is wanted.'),
    spec: agentSpecSchema,
    manifest: agentSpecSchema,
    status: agentStatusSchema,
    node: z
      .object({
        endpoint: z.string().nullable(),
        ready: z.boolean(),
        version: z.string().nullable(),
      })
      .meta({ id: 'AgentNode' }),
  })
  .meta({ id: 'Agent' });

/** Answer to a deletion: the name. */
export const agentDeletedSchema = z.object({ deleted: z.string() }).meta({ id: 'AgentDeleted' });

/** Answer to pause and resume. */
export const agentStateSchema = z
  .object({ name, status: statusWord, paused: z.boolean() })
  .meta({ id: 'AgentState' });

/** One revision of a spec, and who made it. */
export const agentVersionSchema = z
  .object({
    revision,
    version,
    createdAt: timeSchema,
    createdBy: z.string(),
    current: z.boolean(),
    spec: agentSpecSchema,
  })
  .meta({ id: 'AgentVersion' });

/** `:name` of an agent. */
export const agentParams = z.strictObject({
  name: plainSchema(253).describe('Name of the agent.').meta({ example: 'support-bot' }),
});

/** `:name` of an agent and `:n` of a revision, which becomes a number. */
export const versionParams = z.strictObject({
  name: plainSchema(253).describe('Name of the agent.').meta({ example: 'support-bot' }),
  n: numberInText(1, 999_999_999, 'must be a revision: 1, 2, 3…')
    .describe('A revision.')
    .meta({ example: 1 }),
});

/** `?namespace=` of the agent routes: a hint for the choice of the tenant. */
export const namespaceQuery = plainSchema(253)
  .optional()
  .describe('Id or crName of the tenant; ignored when it is none that you can see.');

/** Of every agent route that needs nothing more. */
export const agentQuery = z.strictObject({ namespace: namespaceQuery });

/** Page and filters of a list of agents. */
export const listAgentsQuery = z.strictObject({
  limit: limitSchema,
  cursor: cursorSchema,
  namespace: namespaceQuery,
  label: plainSchema(512).min(1, 'must not be empty').optional().describe('`key` or `key=value`.'),
  phase: phase.optional(),
});

/** Page of the former specs of an agent. */
export const listVersionsQuery = z.strictObject({
  limit: limitSchema,
  cursor: cursorSchema,
  namespace: namespaceQuery,
});

export type CreatedAgent = z.output<typeof createdAgentSchema>;
export type UpdatedAgent = z.output<typeof updatedAgentSchema>;
export type AgentSummary = z.output<typeof agentSummarySchema>;
export type AgentView = z.output<typeof agentSchema>;
export type AgentState = z.output<typeof agentStateSchema>;
export type AgentVersionView = z.output<typeof agentVersionSchema>;
export type AgentParams = z.output<typeof agentParams>;
export type VersionParams = z.output<typeof versionParams>;
export type AgentQuery = z.output<typeof agentQuery>;
export type ListVersionsQuery = z.output<typeof listVersionsQuery>;
export type ListAgentsQuery = z.output<typeof listAgentsQuery>;
