/** Rows as the database holds them, for tests of what is decided about them. */
import type { AgentEntity } from '../../src/agents/agent.entity.js';
import type { TenantEntity } from '../../src/tenants/tenant.entity.js';
import type { UserEntity } from '../../src/users/user.entity.js';
import { canonicalJson } from '../../src/platform/json/canonical-json.js';
import { agentConfig } from './reference-node.js';

const at = '2026-01-01T00:00:00.000Z';

export function agentRow(more: Partial<AgentEntity> = {}): AgentEntity {
  return {
    id: 'agt_1',
    tenantId: 't_1',
    name: 'bot',
    spec: '{"kind":"Agent"}',
    version: '1',
    model: 'echo/e',
    labels: '{}',
    revision: 1,
    paused: false,
    origin: 'api',
    fieldManager: null,
    resourceUid: null,
    createdBy: 'usr_1',
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    generation: 1,
    observedGeneration: 1,
    phase: 'Running',
    ready: true,
    nodeAck: true,
    lastSyncedAt: at,
    recordedCalls: 0,
    conditions: '[]',
    ...more,
  };
}

/** An agent of `t_1` that was just created, with a spec that nodes take. */
export function newAgentRow(name: string): AgentEntity {
  return agentRow({
    id: `agt_${name}`,
    name,
    spec: canonicalJson(agentConfig(name)),
    version: '1.0.0',
    observedGeneration: 0,
    phase: 'Pending',
    ready: false,
    nodeAck: false,
    lastSyncedAt: null,
  });
}

export function tenantRow(more: Partial<TenantEntity> = {}): TenantEntity {
  return {
    id: 't_1',
    crName: 'tenant-1',
    displayName: 'One',
    nodeProfile: 'full',
    maxAgents: 50,
    cpu: '2',
    memory: '4Gi',
    suspend: false,
    deletionProtection: false,
    pinnedNodeVersion: null,
    origin: 'api',
    fieldManager: null,
    resourceUid: null,
    ownerEmail: null,
    clusterId: null,
    createdBy: 'usr_1',
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    generation: 3,
    observedGeneration: 3,
    phase: 'Ready',
    conditions: '[]',
    nodeEndpoint: 'http://127.0.0.1:24000',
    nodeVersion: '0.40.0',
    nodeReady: true,
    ...more,
  };
}

export function userRow(id: string): UserEntity {
  return {
    id,
    email: `${id}@example.com`,
    displayName: id,
    passwordHash: 'x',
    role: 'user',
    disabled: false,
    createdAt: at,
    updatedAt: at,
  };
}
