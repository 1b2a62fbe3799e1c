import { expect, it } from 'vitest';
import { tenantWish } from '../../../../test/support/tenant-wish.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import { keepingSecret } from './variables-secret.js';

const marked = (mark: string) =>
  ({
    metadata: { name: 'tenant', annotations: { 'nexus.astromesh.io/node-env-secret': mark } },
  }) as unknown as NexusTenant;

it.each([
  ['nothing is known of it', undefined, '', ''],
  ['it is of this record, whose last variable went', marked('made'), '', ''],
  ['it is of a record that is lost', marked('of-before'), '', 'given'],
  ['variables were set anew since', marked('of-before'), 'new', 'new'],
])('what the node was given is kept or not when %s', (_, resource, stamp, wanted) => {
  const wish = tenantWish({ variablesStamp: stamp });
  expect(keepingSecret(wish, resource, 'given')).toEqual({ ...wish, variablesStamp: wanted });
});
