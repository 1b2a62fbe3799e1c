import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { validateAgentSpec } from '../../../src/agents/spec/agent-spec.rules.js';
import { inSync } from '../../../src/reconciliation/drivers/kubernetes/objects/in-sync.js';
import { agentResource } from '../../../src/reconciliation/resources/agent-resource.js';
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { tenantResource } from '../../../src/reconciliation/resources/tenant-resource.js';
import { createTenantSchema } from '../../../src/tenants/tenants.schemas.js';
import { tenantWish } from '../../support/tenant-wish.js';
import { resourcePath } from '../resource-path.js';
import { theCluster } from '../test-cluster.js';
import { applyDefinitions } from './definitions.js';

const cluster = theCluster();
const { admin } = cluster;
beforeAll(() => applyDefinitions(admin));

const labels = { 'app.kubernetes.io/managed-by': 'nexus' };
const runs = { numRuns: 60 };

/** Makes a resource, reads it and removes it, whatever its finalizers. */
async function stored(resource: AppliedObject): Promise<AppliedObject> {
  const { finalizers: _, ...metadata } = resource.metadata;
  const object = { ...resource, metadata };
  await admin.apply(object);
  const live = await admin.get<AppliedObject>(resourcePath(object));
  await admin.delete(resourcePath(object));
  return live;
}

/** Nothing that a node could be given; all that JSON can hold. */
const anything = fc.jsonValue({ maxDepth: 4 }).filter(isKept);

/** Keys that a rule is about, and numbers that JSON has no exact word for. */
function isKept(value: unknown): boolean {
  const text = JSON.stringify(value);
  return !text.includes('api_key') && !/-0[,\]}]|e\+/.test(text) && text !== '-0';
}

describe('what the API lets pass', () => {
  it('of an agent is stored as it is, and is in sync', async () => {
    const namespace = await cluster.namespace('trip');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), anything), fc.boolean(), async (more, paused) => {
        const name = `a-${randomBytes(4).toString('hex')}`;
        const { model: _, chain: __, ...spec } = more;
        const document = {
          apiVersion: 'astromesh/v1',
          kind: 'Agent',
          metadata: { name, labels: more['labels'] ?? null },
          spec: {
            ...spec,
            model: { primary: { provider: 'ollama', extra: more }, fallback: null },
          },
          more,
        };
        if (validateAgentSpec(document).issues.length > 0) return;
        const row = { tenantId: 't_1', name, spec: JSON.stringify(document), paused };
        const resource = agentResource(row, { namespace, labels }) as unknown as AppliedObject;
        const wanted = { ...resource, metadata: { ...resource.metadata, finalizers: [] } };
        expect(inSync(await stored(resource), wanted)).toEqual([]);
      }),
      runs,
    );
  });

  it('of a tenant is accepted and stored as it is', async () => {
    const namespace = await cluster.namespace('trip');
    const names = fc
      .string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
      .map((displayName) => createTenantSchema.safeParse({ displayName }))
      .filter(({ success }) => success)
      .map(({ data }) => data?.displayName ?? '');
    const amounts = fc.constantFrom(
      '1',
      '100m',
      '0.001',
      '1.5',
      '4Gi',
      '999999999999999Ti',
      '0.5k',
    );
    await fc.assert(
      fc.asyncProperty(names, amounts, amounts, async (displayName, cpu, memory) => {
        const crName = `tenant-${randomBytes(4).toString('hex')}`;
        const row = tenantWish({ crName, displayName, cpu, memory });
        const resource = tenantResource(row, { namespace, labels }) as unknown as AppliedObject;
        const wanted = { ...resource, metadata: { ...resource.metadata, finalizers: [] } };
        expect(inSync(await stored(resource), wanted)).toEqual([]);
      }),
      runs,
    );
  });
});
