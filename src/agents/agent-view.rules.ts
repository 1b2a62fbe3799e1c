import type { AgentEntity } from './agent.entity.js';
import type { ListedAgent } from './agents.repository.js';
import type {
  AgentPhase,
  AgentState,
  AgentSummary,
  AgentView,
  CreatedAgent,
  UpdatedAgent,
} from './agents.schemas.js';

/**
 * The one word for where an agent is: its phase, or that a newer wish is on its way. The first spec
 * of an agent is newer than nothing.
 */
export function statusWord({
  phase,
  revision,
  generation,
  observedGeneration,
}: ListedAgent): string {
  const isFirst = phase === 'Pending' && revision === 1;
  return generation === observedGeneration || isFirst ? phase.toLowerCase() : 'updating';
}

/**
 * Answer to a create.
 *
 * @param namespace crName of the tenant
 * @param warnings what is unusual in the spec, but kept; left out when there is none
 */
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

/** Answer to a change of the spec; parameters as of `createdView`. */
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

/**
 * An agent in a list.
 *
 * @param namespace crName of the tenant
 */
export function summaryView(row: ListedAgent, namespace: string): AgentSummary {
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

/** Parsed once for a row that is shown again and again. */
const specs = new WeakMap<AgentEntity, AgentView['spec']>();

function specOf(row: AgentEntity): AgentView['spec'] {
  const spec = specs.get(row) ?? (JSON.parse(row.spec) as AgentView['spec']);
  specs.set(row, spec);
  return spec;
}

/** @param node what is known of the tenant's node */
export function agentView(row: AgentEntity, namespace: string, node: AgentView['node']): AgentView {
  const spec = specOf(row);
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

/** Answer to pause and resume. */
export function stateView(row: AgentEntity): AgentState {
  return { name: row.name, status: statusWord(row), paused: row.paused };
}
