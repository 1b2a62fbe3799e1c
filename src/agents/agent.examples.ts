import type {
  AgentSummary,
  AgentVersionView,
  AgentView,
  CreatedAgent,
  UpdatedAgent,
} from './agents.schemas.js';

// Examples for the documentation.

const at = '2026-01-31T09:30:00.000Z';
const namespace = 'tenant-5f0c1a8e-8a4e-4f0e-9c1d-0d7a3a3b6a11';
const identity = { name: 'support-bot', namespace, version: '1.0.0', revision: 1 };

/** A small agent that answers without any model service. */
export const specExample: AgentView['spec'] = {
  apiVersion: 'astromesh/v1',
  kind: 'Agent',
  metadata: { name: 'support-bot', version: '1.0.0' },
  spec: {
    model: { primary: { provider: 'echo', model: 'echo-1' } },
    prompts: { system: 'You answer briefly.' },
    orchestration: { pattern: 'react', max_iterations: 5 },
  },
};

export const createdAgentExample: CreatedAgent = {
  ...identity,
  status: 'pending',
  phase: 'Pending',
  createdAt: at,
  created_at: at,
};

export const updatedAgentExample: UpdatedAgent = {
  ...identity,
  revision: 2,
  status: 'updating',
  updatedAt: at,
};

export const summaryExample: AgentSummary = {
  ...identity,
  phase: 'Running',
  status: 'running',
  ready: true,
  model: 'echo/echo-1',
  createdAt: at,
  updatedAt: at,
  created_at: at,
  updated_at: at,
};

export const agentExample: AgentView = {
  ...summaryExample,
  paused: false,
  origin: 'api',
  fieldManager: null,
  generation: 1,
  spec: specExample,
  manifest: specExample,
  status: {
    phase: 'Running',
    state: 'running',
    nodeAck: true,
    lastSyncedAt: at,
    ready: true,
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Deployed',
        message: 'The node runs this revision.',
        lastTransitionTime: at,
        observedGeneration: 1,
      },
    ],
  },
  node: { endpoint: null, ready: true, version: '0.40.0' },
};

export const versionExample: AgentVersionView = {
  revision: 1,
  version: '1.0.0',
  createdAt: at,
  createdBy: 'usr_01kf3h5d0v8q2m7x4c9b6n1r5t',
  current: true,
  spec: specExample,
};
