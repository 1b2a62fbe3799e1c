import { beforeAll, describe, expect, it } from 'vitest';
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { BAD_MANIFESTS } from '../../support/bad-manifests.js';
import { manifestsIn } from '../../support/manifests.js';
import { ApiRefusal } from '../api-client.js';
import { theCluster } from '../test-cluster.js';
import { applyDefinitions } from './definitions.js';

const cluster = theCluster();
beforeAll(() => applyDefinitions(cluster.admin));

const file = (name: string) => manifestsIn(`samples/bad/${name}.yaml`);
const refused = Object.entries(BAD_MANIFESTS).flatMap(([name, { ...refusal }]) =>
  refusal.by === 'api-server' ? [{ name, ...refusal }] : [],
);
const accepted = Object.keys(BAD_MANIFESTS).filter((name) => BAD_MANIFESTS[name]?.by === 'status');

/** In a namespace of the test; a tenant that is called like that of the control plane still is. */
function moved(object: AppliedObject, namespace: string): AppliedObject {
  const { name } = object.metadata;
  const ownName = name === 'nexus-system' ? namespace : name;
  return { ...object, metadata: { ...object.metadata, name: ownName, namespace } };
}

describe('the API server', () => {
  it.each(refused)('refuses $name', async ({ name, code, message }) => {
    const namespace = await cluster.namespace('bad');
    for (const object of file(name)) {
      const error = await cluster.admin
        .apply(moved(object, namespace))
        .catch((one: unknown) => one);
      expect(error).toBeInstanceOf(ApiRefusal);
      expect(String(error)).toMatch(message);
      expect((error as ApiRefusal).code).toBe(code);
    }
  });

  it.each(accepted)('accepts %s, which only we can see through', async (name) => {
    const namespace = await cluster.namespace('bad');
    for (const object of file(name)) {
      const made = await cluster.admin.apply<AppliedObject>(moved(object, namespace));
      expect(made['spec']).toMatchObject(object['spec'] as object);
    }
  });
});
