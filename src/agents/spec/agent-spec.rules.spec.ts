import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { referencesOf } from './agent-references.rules.js';
import { validateAgentSpec } from './agent-spec.rules.js';

const good = {
  apiVersion: 'astromesh/v1',
  kind: 'Agent',
  metadata: { name: 'a-1', version: '1.0.0' },
  spec: { model: { primary: { provider: 'echo', model: 'e' } } },
};

const paths = (document: unknown): string[] =>
  validateAgentSpec(document).issues.map(({ path }) => path);

describe('the rules of an agent spec', () => {
  it('finds nothing in a good one', () => {
    expect(validateAgentSpec(good)).toEqual({ issues: [], warnings: [] });
  });

  const bad = readFileSync('samples/agents/bad-agents.yaml', 'utf8').split(/^---$/m);

  it.each(bad.map((text) => [/# path: (\S+)/.exec(text)?.[1] ?? '', text]))(
    'names %s in the sample that breaks it',
    (path, text) => {
      const [document] = parseAllDocuments(text);
      const value: unknown = (document as { toJS(): unknown }).toJS();
      const found = [...paths(value), ...referencesOf(value).map((reference) => reference.path)];
      expect(found).toContain(path);
    },
  );

  it('reports every fault at once', () => {
    expect(paths({ kind: 'Agnet', metadata: { name: 'A', version: 1 } })).toEqual([
      'apiVersion',
      'kind',
      'metadata.name',
      'metadata.version',
      'spec',
    ]);
  });

  it.each([null, [], 'text', 3])('refuses %j, which is no object', (document) => {
    expect(paths(document)).toEqual(['']);
  });

  it.each(['-a', 'a-', 'A', 'a_b', 'a.b', '', 'x'.repeat(64)])('refuses the name %j', (name) => {
    expect(paths({ ...good, metadata: { name } })).toEqual(['metadata.name']);
  });

  it.each(['a', '0', 'x'.repeat(63), 'a--b'])('takes the name %j', (name) => {
    expect(paths({ ...good, metadata: { name } })).toEqual([]);
  });

  it.each([
    ['spec.model', 'gpt-4o'],
    ['spec.model', [{ primary: {} }]],
    ['spec.model', 3],
    ['spec.model.primary', { primary: 'gpt-4o' }],
    ['spec.model.primary', { primary: [{ model: 'e' }] }],
    ['spec.model.fallback', { primary: {}, fallback: ['e'] }],
    ['spec.model.fallback', { fallback: false }],
  ])('wants an object at %s, unlike %j', (path, model) => {
    const { issues } = validateAgentSpec({ ...good, spec: { model } });
    expect(issues).toEqual([{ path, message: 'must be an object' }]);
  });

  it.each([undefined, null, {}, { primary: null, fallback: null }, { candidates: ['e'] }])(
    'takes the model %j, as the definition of the resource does',
    (model) => {
      expect(paths({ ...good, spec: { model } })).toEqual([]);
    },
  );

  it('finds an inline key at any depth under the model, and nowhere else', () => {
    const model = { default: { candidates: [{ api_key: 'k' }] }, extra: { deep: { api_key: 1 } } };
    expect(paths({ ...good, spec: { model, tools: [{ api_key: 'k' }] } })).toEqual([
      'spec.model.default.candidates[0].api_key',
      'spec.model.extra.deep.api_key',
    ]);
  });

  it('warns of what is unusual, and keeps it', () => {
    const { issues, warnings } = validateAgentSpec({
      ...good,
      extra: 1,
      metadata: { ...good.metadata, labels: { team: 'support', size: 3 } },
      spec: {
        model: { primary: { provider: 'acme' } },
        orchestration: { pattern: 'dance' },
        tools: [{ type: 'hammer' }],
        whatever: {},
      },
    });
    expect(issues).toEqual([]);
    expect(warnings).toEqual([
      'extra is not a known key',
      'spec.whatever is not a known key',
      'metadata.labels.size is not text, and no list is filtered by it',
      'spec.model.primary.provider "acme" is not a known provider',
      'spec.orchestration.pattern "dance" is not a known pattern',
      'spec.tools[0].type "hammer" is not a known kind of tool',
    ]);
    const labels = ['support'];
    expect(validateAgentSpec({ ...good, metadata: { ...good.metadata, labels } })).toEqual({
      issues: [],
      warnings: ['metadata.labels is not an object, and no list is filtered by it'],
    });
  });
});
