import { readFileSync, readdirSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { validateAgentSpec } from '../../src/agents/spec/agent-spec.rules.js';
import { createTenantSchema } from '../../src/tenants/tenants.schemas.js';
import { BAD_MANIFESTS, TWINS } from './bad-manifests.js';
import { manifestsIn } from './manifests.js';

const manifests = (name: string) => manifestsIn(`samples/bad/${name}.yaml`);
const names = Object.keys(BAD_MANIFESTS);
const specOf = (manifest: ReturnType<typeof manifests>[number] | undefined) =>
  (manifest?.['spec'] ?? {}) as { agentSpec?: object };

describe('the bad manifests', () => {
  it('are all in the table', () => {
    expect(readdirSync('samples/bad').sort()).toEqual(names.map((name) => `${name}.yaml`).sort());
  });

  it('are twins of the bad specs', () => {
    const text = readFileSync('samples/agents/bad-agents.yaml', 'utf8');
    const specs = parseAllDocuments(text).map((document) => document.toJS() as object);
    expect(TWINS.map((name) => specOf(manifests(name)[0]).agentSpec)).toEqual(specs);
  });
});

describe('the other door', () => {
  // What only the resource has (its own name), or only a look at other agents shows.
  const elsewhere = ['agent-name-differs', 'agent-reference-missing', 'agent-cycle'];
  const agents = names.filter((name) => name.startsWith('agent-') && !elsewhere.includes(name));
  // A tenant that is made through the API has a name of ours, and no version of its own.
  const tenants = ['display-name', 'profile', 'cpu', 'memory', 'max-agents'];

  it.each(agents)('refuses the spec of %s as well', (name) => {
    const [manifest] = manifests(name);
    expect(validateAgentSpec(specOf(manifest).agentSpec).issues).toHaveLength(1);
  });

  it.each(tenants)('refuses the spec of tenant-%s as well', (name) => {
    const [manifest] = manifests(`tenant-${name}`);
    expect(createTenantSchema.safeParse(manifest?.['spec']).success).toBe(false);
  });
});
