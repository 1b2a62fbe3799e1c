import { expect, it } from 'vitest';
import { tenantWish } from '../../../../test/support/tenant-wish.js';
import { keepingSecret } from './variables-secret.js';

const marked = (mark: string) => ({
  metadata: { name: 'tenant', annotations: { 'nexus.astromesh.io/node-env-secret': mark } },
});

it.each([
  ['nothing is known of it', undefined, undefined, '', ''],
  ['it is of this record, whose last variable went', marked('made'), marked('made'), '', ''],
  ['it is of a record that is lost', marked('of-before'), marked('of-before'), '', 'given'],
  ['the resource was lost as well', undefined, marked('of-before'), '', 'given'],
  ['variables were set anew since', marked('of-before'), marked('of-before'), 'new', 'new'],
])('what the node was given is kept or not when %s', (_, resource, namespace, stamp, wanted) => {
  const wish = tenantWish({ variablesStamp: stamp });
  const marks = { resource, namespace };
  expect(keepingSecret(wish, marks, 'given')).toEqual({ ...wish, variablesStamp: wanted });
});
