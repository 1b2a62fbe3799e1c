import { describe, expect, it } from 'vitest';
import { tenantRow } from '../../test/support/rows.js';
import { tenantView } from './tenant-view.rules.js';

describe('the view of a tenant', () => {
  it('shows a loopback endpoint to admins alone', () => {
    expect(tenantView(tenantRow(), 2, true).nodeEndpoint).toBe('http://127.0.0.1:24000');
    expect(tenantView(tenantRow(), 2, false).nodeEndpoint).toBeNull();
  });

  it('shows the endpoint in a cluster to everybody', () => {
    const nodeEndpoint = 'http://astromesh-node.tenant-1.svc:8000';
    expect(tenantView(tenantRow({ nodeEndpoint }), 2, false).nodeEndpoint).toBe(nodeEndpoint);
  });

  it('names the namespace after the resource', () => {
    expect(tenantView(tenantRow(), 2, false)).toMatchObject({
      namespace: 'tenant-1',
      agentCount: 2,
      resourceQuota: { maxAgents: 50, cpu: '2', memory: '4Gi' },
    });
  });
});
