import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { definitionSchema, strictSchemas } from './strict-schemas.mjs';

const THING = 'io.example.v1.Thing';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

describe('the schemas of a version of Kubernetes', () => {
  const schemas = strictSchemas({
    definitions: {
      [THING]: {
        type: 'object',
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          size: { $ref: `#/definitions/${QUANTITY}` },
        },
        'x-kubernetes-group-version-kind': [
          { group: 'things.example.com', version: 'v1', kind: 'Thing' },
        ],
      },
      [QUANTITY]: { type: 'string' },
      'io.example.v1.Secret': {
        type: 'object',
        'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Secret' }],
      },
    },
  });
  const ajv = new Ajv({ strict: false, allowUnionTypes: true });
  ajv.addSchema(schemas['_definitions.json'], '_definitions.json');
  const isThing = ajv.compile(schemas['thing-things-v1.json']);
  const thing = { apiVersion: 'things.example.com/v1', kind: 'Thing' };

  it('are named as kubeconform looks for them', () => {
    expect(Object.keys(schemas)).toEqual([
      '_definitions.json',
      'thing-things-v1.json',
      'secret-v1.json',
    ]);
  });

  it('let pass what the API server takes', () => {
    expect(isThing({ ...thing, size: '1Gi' })).toBe(true);
    expect(isThing({ ...thing, size: 1 })).toBe(true);
  });

  it('refuse a field that is not named, and an object without its kind', () => {
    expect(isThing({ ...thing, seize: 1 })).toBe(false);
    expect(isThing({ size: 1 })).toBe(false);
  });
});

it('has the schema of what a definition defines, as strict', () => {
  const inner = { type: 'object', properties: { host: { type: 'string' } } };
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} };
  const schema = { type: 'object', properties: { metadata: { type: 'object' }, inner, open } };
  const spec = {
    group: 'routes.example.com',
    names: { kind: 'Route' },
    versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }],
  };
  const schemas = definitionSchema({ spec });
  const isRoute = new Ajv({ strict: false }).compile(schemas['route-routes-v1.json']);
  expect(isRoute({ metadata: { name: 'a' }, inner: { host: 'b' }, open: { any: 1 } })).toBe(true);
  expect(isRoute({ inner: { hosts: 'b' } })).toBe(false);
  expect(isRoute({ other: 1 })).toBe(false);
});
