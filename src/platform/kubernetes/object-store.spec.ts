import { expect, it } from 'vitest';
import type { KubernetesObject } from './kubernetes-object.js';
import { ObjectStore } from './object-store.js';

function object(name: string, color?: string): KubernetesObject {
  return { metadata: { namespace: 'n', name, ...(color ? { labels: { color } } : {}) } };
}

function store() {
  return new ObjectStore({
    color: ({ metadata }) => (metadata.labels?.['color'] ? [metadata.labels['color']] : []),
  });
}

it('finds objects by name and by index, and follows their changes', () => {
  const kept = store();
  expect(kept.set(object('a', 'red'))).toBeUndefined();
  kept.set(object('b', 'red'));
  expect(kept.byIndex('color', 'red').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  expect(kept.set(object('a', 'blue'))?.metadata.labels).toEqual({ color: 'red' });
  expect(kept.byIndex('color', 'red')).toHaveLength(1);
  expect(kept.byIndex('color', 'blue')).toHaveLength(1);
  expect(kept.get({ namespace: 'n', name: 'a' })).toBe(kept.byKey('n/a'));
  expect(kept.delete('n/a')?.metadata.name).toBe('a');
  expect(kept.delete('n/a')).toBeUndefined();
  expect(kept.byIndex('color', 'blue')).toEqual([]);
  expect(kept.size).toBe(1);
});

it('says when there is no such index', () => {
  expect(() => store().byIndex('size', 'big')).toThrow('there is no index "size"');
});
