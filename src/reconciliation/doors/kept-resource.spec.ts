import { describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../../platform/kubernetes/kubernetes-object.js';
import {
  isDeleting,
  keptResource,
  managerOf,
  originOf,
  RESOURCE_MANAGER,
} from './kept-resource.js';

const spec = { 'f:spec': { 'f:paused': {} } };

function managed(...managedFields: ManagedFieldsEntry[]) {
  return keptResource({ metadata: { name: 'a', managedFields } });
}

describe('what is kept of a resource', () => {
  it('names whoever else wrote of the spec last', () => {
    const kept = managed(
      { manager: 'kubectl-edit', time: '2026-01-02T00:00:00Z', fieldsV1: spec },
      { manager: 'flux', time: '2026-01-03T00:00:00Z', fieldsV1: spec },
      { manager: RESOURCE_MANAGER, time: '2026-01-04T00:00:00Z', fieldsV1: spec },
    );
    expect(kept).toMatchObject({ specManager: 'flux', isSpecOurs: true });
  });

  it('names nobody for labels, or for a status', () => {
    const kept = managed(
      { manager: 'kubectl-label', fieldsV1: { 'f:metadata': {} } },
      { manager: 'other', subresource: 'status', fieldsV1: spec },
    );
    expect(kept).toMatchObject({ specManager: undefined, isSpecOurs: false });
  });

  it('is neither the fields managers nor what kubectl last applied', () => {
    const { metadata } = keptResource({
      metadata: {
        name: 'a',
        managedFields: [],
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' },
      },
    });
    expect(metadata).toEqual({ name: 'a', annotations: { mine: 'yes' } });
  });
});

describe('a resource', () => {
  it('came through the cluster unless it says otherwise', () => {
    const annotated = (origin: string) => ({
      metadata: { name: 'a', annotations: { 'nexus.astromesh.io/origin': origin } },
    });
    expect(originOf({ metadata: { name: 'a' } })).toBe('cluster');
    expect(originOf(annotated('cluster'))).toBe('cluster');
    expect(originOf(annotated('api'))).toBe('api');
  });

  it('keeps the manager that was known when nobody is named any more', () => {
    expect(managerOf({ specManager: 'flux' }, 'kubectl')).toBe('flux');
    expect(managerOf({}, 'kubectl')).toBe('kubectl');
    expect(managerOf({}, null)).toBe('unknown');
  });

  it('is being deleted from its deletion time on', () => {
    expect(isDeleting({ metadata: { name: 'a' } })).toBe(false);
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(isDeleting({ metadata: { name: 'a', deletionTimestamp } })).toBe(true);
  });
});
