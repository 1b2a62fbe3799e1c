import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Edit, edited, editsOf } from '../../../../../test/support/edits.js';
import { patched } from '../../../../../test/support/json-patch.js';
import { clusterSettings, tenantWish } from '../../../../../test/support/tenant-wish.js';
import { served } from '../../../../../test/support/served.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { API_VERSION } from '../../../resources/resource-names.js';
import { inSync, repairsOf } from './in-sync.js';
import { tenantObjects } from './tenant-objects.js';

const RICH = clusterSettings({
  podSecurity: 'restricted',
  pullSecrets: ['registry'],
  egressCidrs: ['10.1.0.0/16'],
  extraLabels: { team: 'ai' },
  apiServerCidrs: ['10.9.0.1'],
});
const OBJECTS = tenantObjects(
  tenantWish({ deletionProtection: true, variablesStamp: 'abc', cpu: '1500m', memory: '1.5Gi' }),
  RICH,
);
const named = (kind: string) => OBJECTS.find((object) => object.kind === kind) as AppliedObject;

/** Names an object and says of what kind it is: with another one it is another object. */
const IDENTITY = /^\w+ (apiVersion|kind|metadata\.(name|namespace))?$/;
/** Places of their own, where others may add what they like. */
const FREE = /^add (metadata(\.(labels|annotations))?|spec\.template\.metadata\.annotations)?$/;

/** The edits that make a difference; some are what the server fills in anyway. */
function editsThatMatter(object: AppliedObject): Edit[] {
  return editsOf(object).filter(({ name, ...edit }) => {
    if (IDENTITY.test(name) || FREE.test(name) || name === 'remove metadata') return false;
    return !isDeepStrictEqual(served(edited(object, { name, ...edit })), served(object));
  });
}

const CASES = OBJECTS.flatMap((object) =>
  editsThatMatter(object).map((edit) => ({
    title: `${object.kind} ${object.metadata.name}: ${edit.name}`,
    object,
    edit,
  })),
);

describe('inSync', () => {
  it.each(OBJECTS)('takes $kind $metadata.name as it is served for what is applied', (object) => {
    expect(inSync(served(object), object)).toEqual([]);
    expect(repairsOf(served(object), object)).toEqual([]);
  });

  it('is shown with every field of every object', () => {
    expect(CASES.length).toBeGreaterThan(400);
  });

  it.each(CASES)('sees $title', ({ object, edit }) => {
    expect(inSync(served(edited(object, edit)), object)).not.toEqual([]);
  });

  it('does not mind what others add to labels and annotations', () => {
    const live = served(named('Deployment'));
    live.metadata.labels = { ...live.metadata.labels, theirs: 'x' };
    live.metadata.annotations = { ...live.metadata.annotations, theirs: 'x' };
    const { template } = live['spec'] as { template: { metadata: { annotations: object } } };
    Object.assign(template.metadata.annotations, { 'kubectl.kubernetes.io/restartedAt': 'now' });
    expect(inSync(live, named('Deployment'))).toEqual([]);
  });

  it('minds labels that mean something to Pod Security and to us', () => {
    const live = served(named('Namespace'));
    Object.assign(live.metadata.labels ?? {}, {
      'pod-security.kubernetes.io/warn': 'privileged',
      'nexus.astromesh.io/strange': 'x',
    });
    expect(inSync(live, named('Namespace'))).toEqual([
      'metadata.labels["pod-security.kubernetes.io/warn"]',
      'metadata.labels["nexus.astromesh.io/strange"]',
    ]);
  });

  it('tells the fields as people write them', () => {
    const live = served(named('Deployment'));
    const { template } = live['spec'] as { template: { spec: { containers: object[] } } };
    Object.assign(template.spec.containers[0] ?? {}, { image: 'other:1' });
    template.spec.containers.push({ name: 'more' });
    expect(inSync(live, named('Deployment'))).toEqual([
      'spec.template.spec.containers[name="astromesh-node"].image',
      'spec.template.spec.containers[name="more"]',
    ]);
  });

  it('compares the spec of an agent to the last detail', () => {
    const agent = (agentSpec: object): AppliedObject => ({
      apiVersion: API_VERSION,
      kind: 'NexusAgent',
      metadata: { name: 'a' },
      spec: { agentSpec, paused: false },
    });
    const one = agent({ spec: { a: null, b: [1, { c: 2 }] } });
    expect(inSync(agent({ spec: { b: [1, { c: 2 }], a: null } }), one)).toEqual([]);
    for (const other of [{ b: [1, { c: 2 }] }, { a: null, b: [1, { c: 2, d: null }] }]) {
      expect(inSync(agent({ spec: other }), one)).toEqual(['spec.agentSpec']);
    }
  });
});

describe('repairsOf', () => {
  it('leaves to server-side apply what it can do', () => {
    const live = served(edited(named('Deployment'), must('edit spec.replicas')));
    expect(inSync(live, named('Deployment'))).toEqual(['spec.replicas']);
    expect(repairsOf(live, named('Deployment'))).toEqual([]);
  });

  it('holds for the version it was made from', () => {
    const live = served(edited(named('ResourceQuota'), must('add spec.hard')));
    expect(repairsOf(live, named('ResourceQuota'))).toEqual([
      { op: 'replace', path: '/metadata/resourceVersion', value: '41' },
      { op: 'remove', path: '/spec/hard/strange' },
    ]);
  });

  it('changes the kind of a strategy and what belongs to the other in one step', () => {
    const live = served(named('Deployment'));
    Object.assign(live['spec'] as object, {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
    });
    expect(repairsOf(live, named('Deployment')).slice(1)).toEqual([
      { op: 'replace', path: '/spec/strategy/type', value: 'Recreate' },
      { op: 'remove', path: '/spec/strategy/rollingUpdate' },
    ]);
  });

  it('puts any number of edits right, additions among them', () => {
    const anyCase = fc.constantFrom(
      ...OBJECTS.map((object) => ({ object, edits: editsThatMatter(object) })),
    );
    fc.assert(
      fc.property(
        anyCase.chain(({ object, edits }) =>
          fc.tuple(
            fc.constant(object),
            fc.array(fc.constantFrom(...edits), { minLength: 1, maxLength: 6 }),
          ),
        ),
        ([object, edits]) => {
          const live = served(editedAll(object, edits));
          const patch = repairsOf(live, object);
          const left = inSync(patched(live, patch), object);
          // Without a removal the patch is empty: applying does it all.
          expect(patch.length === 0 || left.length === 0).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** All edits whose place is still there after those before. */
function editedAll(object: AppliedObject, edits: readonly Edit[]): AppliedObject {
  return edits.reduce((current, edit) => {
    try {
      return edited(current, edit);
    } catch (error) {
      if (error instanceof TypeError) return current;
      throw error;
    }
  }, object);
}

function must(name: string): Edit {
  const found = OBJECTS.flatMap((object) => editsOf(object)).find((edit) => edit.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
