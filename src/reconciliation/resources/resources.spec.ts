import { describe, expect, it } from 'vitest';
import { validateAgentSpec } from '../../agents/spec/agent-spec.rules.js';
import { agentResource } from './agent-resource.js';
import { nexusAgentSpecSchema } from './nexus-agent.schemas.js';
import { nexusTenantSpecSchema } from './nexus-tenant.schemas.js';
import { tenantResource } from './tenant-resource.js';

const labels = { 'app.kubernetes.io/managed-by': 'nexus' };
const TENANT = {
  id: 't_1',
  crName: 'tenant-1',
  displayName: 'One',
  nodeProfile: 'worker',
  maxAgents: 5,
  cpu: '1',
  memory: '1Gi',
  suspend: true,
  deletionProtection: true,
  pinnedNodeVersion: null,
};
const SPEC = {
  apiVersion: 'astromesh/v1',
  kind: 'Agent',
  metadata: { name: 'a', extra: null },
  spec: { model: { primary: { provider: 'ollama', more: [1] }, fallback: null } },
};

describe('tenantResource', () => {
  it('says where it came from, and is what the definition asks for', () => {
    const resource = tenantResource(TENANT, {
      namespace: 'nexus-system',
      labels,
      owner: 'ann@example.org',
      annotations: { 'nexus.astromesh.io/node-env-secret': 'made' },
    });
    expect(resource.metadata).toEqual({
      name: 'tenant-1',
      namespace: 'nexus-system',
      labels,
      annotations: {
        'nexus.astromesh.io/node-env-secret': 'made',
        'nexus.astromesh.io/origin': 'api',
        'nexus.astromesh.io/tenant-id': 't_1',
        'nexus.astromesh.io/owner': 'ann@example.org',
      },
      finalizers: ['nexus.astromesh.io/tenant-cleanup'],
    });
    expect(nexusTenantSpecSchema.parse(resource.spec)).toEqual({
      displayName: 'One',
      nodeProfile: 'worker',
      resourceQuota: { maxAgents: 5, cpu: '1', memory: '1Gi' },
      suspend: true,
      deletionProtection: true,
    });
  });

  it('carries the version of its node where one is pinned', () => {
    const place = { namespace: 'nexus-system', labels };
    const pinned = tenantResource({ ...TENANT, pinnedNodeVersion: '0.41.0' }, place);
    expect(pinned.spec.nodeVersion).toBe('0.41.0');
    expect(tenantResource(TENANT, place).spec).not.toHaveProperty('nodeVersion');
  });

  it('names no owner where there is none', () => {
    const { metadata } = tenantResource(TENANT, { namespace: 'nexus-system', labels });
    expect(metadata.annotations).not.toHaveProperty(['nexus.astromesh.io/owner']);
  });
});

describe('agentResource', () => {
  const row = { tenantId: 't_1', name: 'a', spec: JSON.stringify(SPEC), paused: true };

  it('carries the spec unchanged', () => {
    const resource = agentResource(row, { namespace: 'tenant-1', labels });
    expect(resource.metadata).toMatchObject({
      name: 'a',
      namespace: 'tenant-1',
      finalizers: ['nexus.astromesh.io/agent-cleanup'],
      annotations: { 'nexus.astromesh.io/origin': 'api', 'nexus.astromesh.io/tenant-id': 't_1' },
    });
    expect(resource.spec).toEqual({ agentSpec: SPEC, paused: true });
  });

  it('is what the definition asks for where the API lets it pass', () => {
    expect(validateAgentSpec(SPEC).issues).toEqual([]);
    const resource = agentResource(row, { namespace: 'tenant-1', labels });
    expect(nexusAgentSpecSchema.safeParse(resource.spec).success).toBe(true);
  });
});
