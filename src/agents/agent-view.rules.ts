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

/** Of an agent in full: all but what is kept as JSON. */
type Shown = Omit<AgentView, 'spec' | 'manifest' | 'status'>;
type ShownStatus = Omit<AgentView['status'], 'conditions'>;

/**
 * One agent in full (`AgentView`), as JSON. Spec and conditions are JSON in the row and go in as they
 * are: parsing a spec to write it again is most of what showing an agent would cost.
 *
 * @param node what is known of the tenant's node
 */
export function agentText(row: AgentEntity, namespace: string, node: AgentView['node']): string {
  const { status: state, ...summary } = summaryView(row, namespace);
  const { phase, ready, spec, conditions, nodeAck, lastSyncedAt, observedGeneration } = row;
  const { paused, fieldManager, generation } = row;
  const origin = row.origin as AgentView['origin'];
  const shown: Shown = { ...summary, paused, origin, fieldManager, generation, node };
  const status: ShownStatus = {
    phase: phase as AgentPhase,
    state,
    nodeAck,
    lastSyncedAt,
    ready,
    observedGeneration,
  };
  return withJson(shown, {
    spec,
    manifest: spec,
    status: withJson(status, { conditions }),
  });
}

/** An object as JSON, with properties whose values are JSON already. */
function withJson(value: object, more: Readonly<Record<string, string>>): string {
  let text = JSON.stringify(value).slice(0, -1);
  for (const [name, json] of Object.entries(more)) text += `,"${name}":${json}`;
  return `${text}}`;
}

/** Answer to pause and resume. */
export function stateView(row: AgentEntity): AgentState {
  return { name: row.name, status: statusWord(row), paused: row.paused };
}
