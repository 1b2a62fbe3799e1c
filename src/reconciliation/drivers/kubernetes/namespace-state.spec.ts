import { describe, expect, it } from 'vitest';
import { isOurs, whyRemaining } from './namespace-state.js';

const TENANT = { id: 't_1' };
const LABELS = {
  'app.kubernetes.io/managed-by': 'nexus',
  'nexus.astromesh.io/install-id': 'here',
  'nexus.astromesh.io/tenant-id': 't_1',
};

function owned(labels: Record<string, string>): boolean {
  return isOurs({ metadata: { name: 'tenant-a', labels } }, TENANT, 'here');
}

describe('a namespace', () => {
  it('is ours with our labels, also when somebody has removed one of them', () => {
    expect(owned(LABELS)).toBe(true);
    for (const name of Object.keys(LABELS)) {
      const { [name]: _, ...others } = LABELS as Record<string, string>;
      expect({ [name]: owned(others) }).toEqual({ [name]: true });
    }
  });

  it('is ours when somebody has made it for us, with the two labels of every object of ours', () => {
    const { 'nexus.astromesh.io/tenant-id': _, ...two } = LABELS;
    expect(owned(two)).toBe(true);
    for (const name of Object.keys(two)) {
      const { [name]: __, ...one } = two as Record<string, string>;
      expect({ [name]: owned(one) }).toEqual({ [name]: false });
    }
    // Of a database that was lost, perhaps: it is the install's, and of no tenant that lives.
    expect(owned({ ...LABELS, 'nexus.astromesh.io/tenant-id': 't_2' })).toBe(true);
  });

  it('is not ours without them, nor with those of another install', () => {
    expect(owned({ owner: 'somebody' })).toBe(false);
    expect(owned({ ...LABELS, 'nexus.astromesh.io/install-id': 'there' })).toBe(false);
  });

  it('tells in the words of Kubernetes what keeps it from going', () => {
    const message = 'Some resources are remaining: pods. has 1 resource instances';
    const condition = { type: 'NamespaceContentRemaining', status: 'True', message } as const;
    const namespace = { metadata: { name: 'tenant-a' }, status: { conditions: [condition] } };
    expect(whyRemaining(namespace)).toContain(message);
    expect(whyRemaining({ metadata: { name: 'tenant-a' } })).toMatch(/is being deleted\.$/);
  });
});
