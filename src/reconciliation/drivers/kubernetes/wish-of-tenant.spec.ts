import { expect, it } from 'vitest';
import { tenantWish } from '../../../../test/support/tenant-wish.js';
import type { TenantRecord } from '../../../tenants/tenant-sync.service.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import { wishOfTenant } from './wish-of-tenant.js';

const { variablesStamp: _, ...row } = tenantWish();
const TENANT = row as unknown as TenantRecord;
const given = (stamp: string) => ({ values: {}, stamp, unreadable: [] });

it('takes what only the resource says from the resource', () => {
  const resource = {
    metadata: {
      name: row.crName,
      annotations: { 'nexus.astromesh.io/egress-cidrs': '10.1.0.0/16, 10.2.0.1' },
    },
    spec: { nodeVersion: '9.9.9' },
  } as unknown as NexusTenant;
  expect(wishOfTenant(TENANT, given('abc;'), resource)).toMatchObject({
    ...row,
    nodeTag: '9.9.9',
    egressCidrs: ['10.1.0.0/16', '10.2.0.1'],
    variablesStamp: 'abc;',
  });
});

it('has no stamp where no part gives a variable', () => {
  expect(wishOfTenant(TENANT, given(';;'), undefined).variablesStamp).toBe('');
});
