import type { AgentRecord } from '../../agents/agent-sync.service.js';
import {
  AGENT_FINALIZER,
  API_VERSION,
  ORIGIN_ANNOTATION,
  TENANT_ID_ANNOTATION,
} from './resource-names.js';
import type { NexusAgent, NexusAgentSpec } from './nexus-agent.schemas.js';

/** Where the resource of an agent is, and whose it is. */
export interface AgentResourcePlace {
  /** Namespace of its tenant. */
  namespace: string;
  /** Labels of every object of this install. */
  labels: Readonly<Record<string, string>>;
}

/** The resource of an agent that came through the API, as it is applied. */
export function agentResource(
  { tenantId, name, spec, paused }: Pick<AgentRecord, 'tenantId' | 'name' | 'spec' | 'paused'>,
  { namespace, labels }: AgentResourcePlace,
): NexusAgent {
  return {
    apiVersion: API_VERSION,
    kind: 'NexusAgent',
    metadata: {
      name,
      namespace,
      labels: { ...labels },
      annotations: { [ORIGIN_ANNOTATION]: 'api', [TENANT_ID_ANNOTATION]: tenantId },
      finalizers: [AGENT_FINALIZER],
    },
    spec: { agentSpec: JSON.parse(spec) as NexusAgentSpec['agentSpec'], paused },
  };
}
