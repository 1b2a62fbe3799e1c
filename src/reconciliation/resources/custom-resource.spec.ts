import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { QUANTITY } from '../../platform/kubernetes-quantity/quantity.js';
import { createTenantSchema } from '../../tenants/tenants.schemas.js';
import { definitionFiles, definitionText } from './definition-files.js';
import type { StructuralSchema } from './structural-schema.js';

const FILES = definitionFiles();

/** Words that a structural schema does not have. */
const FOREIGN = ['$schema', '$ref', 'const', 'additionalProperties', 'anyOf', 'not', 'id'];

function rootOf(file: string): StructuralSchema {
  const [definition] = FILES[file] ?? [];
  const { versions } = (definition?.['spec'] ?? { versions: [] }) as {
    versions: { schema: { openAPIV3Schema: StructuralSchema } }[];
  };
  return versions[0]?.schema.openAPIV3Schema ?? {};
}

function at(schema: StructuralSchema, ...names: string[]): StructuralSchema {
  return names.reduce(
    (inner, name) => (inner['properties'] as Record<string, StructuralSchema>)[name] ?? {},
    schema,
  );
}

function everySchema(schema: StructuralSchema): StructuralSchema[] {
  const inner = [
    ...Object.values((schema['properties'] ?? {}) as Record<string, StructuralSchema>),
    ...(schema['items'] === undefined ? [] : [schema['items'] as StructuralSchema]),
  ];
  return [schema, ...inner.flatMap(everySchema)];
}

describe.each(['nexustenants.yaml', 'nexusagents.yaml'])('the definition in %s', (file) => {
  it('is structural: a type everywhere, no words that the API server has not', () => {
    for (const schema of everySchema(rootOf(file))) {
      expect(schema['type']).toBeTypeOf('string');
      expect(Object.keys(schema).filter((word) => FOREIGN.includes(word))).toEqual([]);
    }
  });

  it('bounds every text of the spec, without which no rule over it is cheap enough', () => {
    const texts = everySchema(at(rootOf(file), 'spec')).filter(({ type }) => type === 'string');
    const unbounded = texts.filter((one) => !('maxLength' in one) && !('enum' in one));
    // Refused whatever it holds: nothing reads it.
    expect(unbounded.filter((one) => !/Refused/.test(String(one['description'])))).toEqual([]);
  });

  it('has a status of its own, with conditions keyed by their type', () => {
    expect(at(rootOf(file), 'status', 'conditions')).toMatchObject({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    });
  });

  it('is written as it is read', () => {
    const text = definitionText(FILES[file] ?? []);
    expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual(
      structuredClone(FILES[file]),
    );
  });
});

describe('both doors', () => {
  const spec = at(rootOf('nexustenants.yaml'), 'spec');

  it('have the same quantities and profiles', () => {
    for (const name of ['cpu', 'memory']) {
      expect(at(spec, 'resourceQuota', name)['pattern']).toBe(QUANTITY.source);
    }
    expect(at(spec, 'nodeProfile')['enum']).toEqual(['full', 'gateway', 'inference', 'worker']);
  });

  it('have the same bounds', () => {
    const { resourceQuota, displayName } = createTenantSchema.shape;
    const most = Number(at(spec, 'resourceQuota', 'maxAgents')['maximum']);
    expect(resourceQuota.safeParse({ maxAgents: most }).success).toBe(true);
    expect(resourceQuota.safeParse({ maxAgents: most + 1 }).success).toBe(false);
    const length = Number(at(spec, 'displayName')['maxLength']);
    expect(displayName.safeParse('x'.repeat(length)).success).toBe(true);
    expect(displayName.safeParse('x'.repeat(length + 1)).success).toBe(false);
  });

  it('keep of an agent what is not declared, and replace it as one value', () => {
    const document = at(rootOf('nexusagents.yaml'), 'spec', 'agentSpec');
    expect(document).toMatchObject({
      'x-kubernetes-preserve-unknown-fields': true,
      'x-kubernetes-map-type': 'atomic',
    });
    for (const one of [at(document, 'spec'), at(document, 'spec', 'model', 'primary')]) {
      expect(one['x-kubernetes-preserve-unknown-fields']).toBe(true);
    }
  });
});

describe('the admission policies', () => {
  it('are each bound, and none is on agents', () => {
    const objects = FILES['admission-policies.yaml'] ?? [];
    const named = (kind: string) =>
      objects.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);
    expect(named('ValidatingAdmissionPolicyBinding')).toEqual(named('ValidatingAdmissionPolicy'));
    expect(JSON.stringify(objects)).not.toContain('nexusagents');
  });
});
