import { AGE_COLUMN, type CustomResource, READY_COLUMN } from './custom-resource.js';
import { nexusAgentSpecSchema, nexusAgentStatusSchema } from './nexus-agent.schemas.js';
import { nexusTenantSpecSchema, nexusTenantStatusSchema } from './nexus-tenant.schemas.js';

const PHASE = { name: 'Phase', type: 'string', jsonPath: '.status.phase' } as const;

/** A tenant; lives in the namespace of the control plane. */
export const NEXUS_TENANT: CustomResource = {
  kind: 'NexusTenant',
  plural: 'nexustenants',
  singular: 'nexustenant',
  shortNames: ['nxt'],
  description:
    'A tenant: an isolated workspace with a namespace, a quota and a node of its own. It is made in the namespace of the control plane; its name is also the name of its namespace.',
  spec: nexusTenantSpecSchema,
  status: nexusTenantStatusSchema,
  rules: [],
  columns: [
    PHASE,
    READY_COLUMN,
    { name: 'Agents', type: 'integer', jsonPath: '.status.agentCount' },
    {
      name: 'Node',
      type: 'string',
      jsonPath: '.spec.nodeProfile',
      description: 'The role of its node.',
    },
    AGE_COLUMN,
    { name: 'Namespace', type: 'string', jsonPath: '.status.namespace', priority: 1 },
    { name: 'Endpoint', type: 'string', jsonPath: '.status.nodeEndpoint', priority: 1 },
  ],
};

/** An agent; lives in the namespace of its tenant. */
export const NEXUS_AGENT: CustomResource = {
  kind: 'NexusAgent',
  plural: 'nexusagents',
  singular: 'nexusagent',
  shortNames: ['nxa'],
  description:
    "An agent of a tenant. It is made in the tenant's namespace; its name is also the name in its spec.",
  spec: nexusAgentSpecSchema,
  status: nexusAgentStatusSchema,
  rules: [
    {
      rule: 'self.metadata.name == self.spec.agentSpec.metadata.name',
      message: 'spec.agentSpec.metadata.name must be the name of the resource',
    },
  ],
  columns: [
    PHASE,
    READY_COLUMN,
    {
      name: 'Ack',
      type: 'boolean',
      jsonPath: '.status.nodeAck',
      description: 'Whether the node was seen to hold this very spec.',
    },
    { name: 'Synced', type: 'date', jsonPath: '.status.lastSyncedAt' },
    AGE_COLUMN,
  ],
};
