import type { TenantRef } from '../access/tenant-scope.js';
import type { AuditActor } from '../audit/audit-trail.service.js';
import { newId } from '../platform/ids/ids.js';
import type { AgentDraft } from './agent-draft.js';
import type { AgentEntity } from './agent.entity.js';
import type { AgentPhase } from './agents.schemas.js';

/** The row of an agent that came through the API just now; nothing was observed of it. */
export function newAgent(
  by: Pick<AuditActor, 'id'>,
  tenant: Pick<TenantRef, 'id'>,
  draft: AgentDraft,
  now: Date,
): AgentEntity {
  const { name, spec, version, model, labels } = draft;
  const at = now.toISOString();
  return {
    id: newId('agt', now),
    tenantId: tenant.id,
    name,
    spec,
    version,
    model,
    labels,
    revision: 1,
    paused: false,
    origin: 'api',
    fieldManager: null,
    resourceUid: null,
    createdBy: by.id,
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    generation: 1,
    observedGeneration: 0,
    phase: 'Pending' satisfies AgentPhase,
    ready: false,
    nodeAck: false,
    lastSyncedAt: null,
    recordedCalls: 0,
    conditions: '[]',
  };
}
