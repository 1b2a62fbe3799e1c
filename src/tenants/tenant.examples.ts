import type { MemberView } from './members.schemas.js';
import type { TenantView } from './tenants.schemas.js';
import type { VariableView } from './variables.schemas.js';

/** A tenant for the documentation. */
export const tenantExample: TenantView = {
  id: 't_01kf3h5d0v8q2m7x4c9b6n1r5t',
  crName: 'tenant-5f0c1a8e-8a4e-4f0e-9c1d-0d7a3a3b6a11',
  displayName: 'Customer care',
  nodeProfile: 'full',
  resourceQuota: { maxAgents: 50, cpu: '2', memory: '4Gi' },
  phase: 'Ready',
  ready: true,
  namespace: 'tenant-5f0c1a8e-8a4e-4f0e-9c1d-0d7a3a3b6a11',
  nodeEndpoint: null,
  nodeVersion: '0.40.0',
  agentCount: 1,
  suspend: false,
  deletionProtection: false,
  origin: 'api',
  fieldManager: null,
  generation: 1,
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'NodeReady',
      message: 'The node answers.',
      lastTransitionTime: '2026-01-31T09:30:02.000Z',
      observedGeneration: 1,
    },
  ],
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
};

/** A member for the documentation. */
export const memberExample: MemberView = {
  userId: 'usr_01kf3h4x2m7q9v5c8b1n6r3t0w',
  email: 'ada@example.com',
  displayName: 'Ada',
  role: 'developer',
  createdAt: '2026-01-31T09:30:00.000Z',
};

/** A variable for the documentation. */
export const variableExample: VariableView = {
  name: 'OPENAI_API_KEY',
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
};
