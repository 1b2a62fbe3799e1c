import type { AgentEntity } from './agent.entity.js';
import type {
  AgentPhase,
  AgentState,
  AgentSummary,
  AgentView,
  CreatedAgent,
  UpdatedAgent,
} from './agents.schemas.js';

/** The one word for where an agent is: its phase, or that a newer wish is on its way. */
export function statusWord(row: AgentEntity): string {
  const pending = row.generation !== row.observedGeneration;
  return pending && row.phase !== 'Pending' ? 'updating' : row.phase.toLowerCase();
}

export function createdView(row: AgentEntity, namespace: string, warnings: string[]): CreatedAgent {
  return {
    name: row.name,
    namespace,
    version: row.version,
    revision: row.revision,
    status: statusWord(row),
    phase: row.phase as AgentPhase,
    createdAt: row.createdAt,
    created_at: row.createdAt,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

export function updatedView(row: AgentEntity, namespace: string, warnings: string[]): UpdatedAgent {
  return {
    name: row.name,
    namespace,
    version: row.version,
    revision: row.revision,
    status: statusWord(row),
    updatedAt: row.updatedAt,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

export function summaryView(row: AgentEntity, namespace: string): AgentSummary {
  return {
    name: row.name,
    namespace,
    version: row.version,
    revision: row.revision,
    phase: row.phase as AgentPhase,
    status: statusWord(row),
    ready: row.ready,
    model: row.model,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
  };
}

/** @param node what is known of the tenant's node */
export function agentView(row: AgentEntity, namespace: string, node: AgentView['node']): AgentView {
  const spec = JSON.parse(row.spec) as AgentView['spec'];
  return {
    ...summaryView(row, namespace),
    paused: row.paused,
    generation: row.generation,
    spec,
    manifest: spec,
    status: {
      phase: row.phase as AgentPhase,
      state: statusWord(row),
      nodeAck: row.nodeAck,
      lastSyncedAt: row.lastSyncedAt,
      ready: row.ready,
      observedGeneration: row.observedGeneration,
      conditions: JSON.parse(row.conditions) as AgentView['status']['conditions'],
    },
    node,
  };
}

export function stateView(row: AgentEntity): AgentState {
  return { name: row.name, status: statusWord(row), paused: row.paused };
}
