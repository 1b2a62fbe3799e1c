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
    spec: {},
  } as unknown as NexusTenant;
  expect(wishOfTenant(TENANT, given('abc;'), resource)).toMatchObject({
    ...row,
    egressCidrs: ['10.1.0.0/16', '10.2.0.1'],
    variablesStamp: 'abc;',
  });
});

it('has no stamp where no part gives a variable', () => {
  expect(wishOfTenant(TENANT, given(';;'), undefined).variablesStamp).toBe('');
});

it('keeps the version of the node that the row pins, also while the resource is away', () => {
  const pinned = { ...TENANT, pinnedNodeVersion: '9.9.9' };
  expect(wishOfTenant(pinned, given(''), undefined).pinnedNodeVersion).toBe('9.9.9');
});
