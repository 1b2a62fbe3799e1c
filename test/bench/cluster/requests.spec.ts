import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../cluster/audit-log.js';
import { counted, kindsOf } from './requests.js';

function entry(verb: string, resource: string, code = 200): AuditEntry {
  const object = { group: '', resource, namespace: 'one', name: 'two' };
  return {
    verb,
    user: 'server',
    userAgent: '',
    uri: '/',
    code,
    at: '',
    object,
    isUnauthorized: false,
  };
}

describe('the requests of a server', () => {
  it('are changes, reads, and calls that are passed on', () => {
    const { writes, reads, passedOn } = counted([
      entry('patch', 'services', 201),
      entry('create', 'events', 201),
      entry('get', 'namespaces'),
      entry('get', 'services/proxy'),
      entry('create', 'services/proxy'),
    ]);
    expect({ writes, reads, passedOn }).toEqual({ writes: 2, reads: 1, passedOn: 2 });
  });

  it('tell those of the statuses of tenants apart', () => {
    const { writes, tenantStatuses } = counted([
      entry('patch', 'nexustenants/status'),
      entry('patch', 'nexusagents/status'),
    ]);
    expect({ writes, tenantStatuses }).toEqual({ writes: 2, tenantStatuses: 1 });
  });

  it('hold no renewal of a Lease, and what lasts once', () => {
    const { writes, reads, passedOn } = counted([
      entry('update', 'leases'),
      entry('watch', 'pods', 0),
      entry('watch', 'pods'),
      entry('get', 'services/proxy', 0),
      entry('get', 'services/proxy'),
    ]);
    expect({ writes, reads, passedOn }).toEqual({ writes: 0, reads: 1, passedOn: 1 });
  });

  it('are told by their kinds, refused ones apart', () => {
    const requests = counted([
      entry('create', 'events', 201),
      entry('patch', 'services'),
      entry('patch', 'services'),
      entry('patch', 'services', 409),
    ]);
    expect(kindsOf(requests)).toBe('2 patch services, 1 create events, 1 patch services (409)');
  });

  it('are told by the path on the node where they are passed on, whatever the agent', () => {
    const before = '/api/v1/namespaces/one/services/astromesh-node:8000/proxy';
    const call = { ...entry('create', 'services/proxy'), uri: `${before}/v1/agents/mine/deploy` };
    expect(kindsOf(counted([call]))).toBe('1 create node/v1/agents/*/deploy');
  });
});
