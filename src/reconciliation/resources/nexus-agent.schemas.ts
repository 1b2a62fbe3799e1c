import { z } from 'zod';
import { AGENT_PHASES } from '../../agents/agents.schemas.js';
import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import { conditionsSchema } from './condition-list.schemas.js';
import type { API_VERSION } from './resource-names.js';
import { keepsUnknown, oneValue, rules } from './structural-schema.js';

// The NexusAgent: these schemas are its type, and its definition in `crds/` is made from them. What
// they refuse is what a look at the declared fields can refuse; `src/agents/spec/agent-spec.rules.ts`
// sees the rest.

/** No control characters; in the words of RE2, which the API server reads. */
const ONE_LINE = String.raw`^[^\x00-\x1f\x7f-\x9f]*$`;

const NO_KEY = {
  rule: '!has(self.api_key)',
  message: 'api_key must not be in the spec; name an environment variable with api_key_env',
};

const model = z
  .looseObject({
    // Declared, with a type, so that the rule can see it.
    api_key: z.string().optional().describe('Refused, whatever it holds.'),
  })
  .meta({ ...keepsUnknown(), ...rules(NO_KEY) });

/** An `astromesh/v1` Agent: what is not declared here is kept as it is. */
export const agentDocumentSchema = z
  .looseObject({
    apiVersion: z.enum(['astromesh/v1']),
    kind: z.enum(['Agent']),
    metadata: z
      .looseObject({
        name: z
          .string()
          .min(1)
          .max(63)
          .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
          .describe('Equal to the name of the resource.'),
        version: z
          .string()
          .max(253)
          .meta({ pattern: ONE_LINE })
          .optional()
          .describe('Version for people.'),
      })
      .meta(keepsUnknown()),
    spec: z
      .looseObject({
        model: z
          .looseObject({ primary: model.nullish(), fallback: model.nullish() })
          .meta(keepsUnknown())
          .nullish(),
      })
      .meta(keepsUnknown()),
  })
  // One value: who applies another spec replaces it, whatever somebody else has added to it.
  .meta({ ...keepsUnknown(), ...oneValue() });

/** What is wanted of an agent. */
export const nexusAgentSpecSchema = z.strictObject({
  agentSpec: agentDocumentSchema.describe('The spec that the node gets, unchanged.'),
  paused: z.boolean().default(false).describe('Keeps the agent on the node, out of service.'),
});

/** What was observed of an agent. */
export const nexusAgentStatusSchema = z.strictObject({
  phase: z.enum(AGENT_PHASES).optional(),
  nodeAck: z.boolean().optional().describe('The node held this very spec at `lastSyncedAt`.'),
  lastSyncedAt: z.iso.datetime().optional(),
  observedGeneration: z.int().min(0).optional().describe('The generation that this is about.'),
  conditions: conditionsSchema.optional(),
});

export type NexusAgentSpec = z.input<typeof nexusAgentSpecSchema>;
export type NexusAgentStatus = z.output<typeof nexusAgentStatusSchema>;

/** An agent as a resource, in the namespace of its tenant. */
export interface NexusAgent extends KubernetesObject {
  apiVersion: typeof API_VERSION;
  kind: 'NexusAgent';
  spec: NexusAgentSpec;
  status?: NexusAgentStatus;
}
