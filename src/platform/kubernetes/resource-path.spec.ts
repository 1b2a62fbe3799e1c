import { describe, expect, it } from 'vitest';
import type { ResourceKind } from './kubernetes-object.js';
import { queryText, resourcePath } from './resource-path.js';

const POD: ResourceKind = {
  group: '',
  version: 'v1',
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
};
const ROLE: ResourceKind = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

describe('the path of a resource', () => {
  it.each([
    [POD, {}, '/api/v1/pods'],
    [POD, { namespace: 'a' }, '/api/v1/namespaces/a/pods'],
    [POD, { namespace: 'a', name: 'b' }, '/api/v1/namespaces/a/pods/b'],
    [POD, { namespace: 'a', name: 'b', subresource: 'log' }, '/api/v1/namespaces/a/pods/b/log'],
    [ROLE, { name: 'a:b' }, '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab'],
  ])('of %o at %o is %s', (kind, place, path) => {
    expect(resourcePath(kind, place)).toBe(path);
  });

  it.each([
    [POD, { name: 'b' }, 'the namespace of pods "b" is missing'],
    [ROLE, { namespace: 'a' }, 'clusterroles have no namespace'],
    [POD, { namespace: 'a', name: '..' }, '".." cannot be the name'],
    [POD, { namespace: 'a/b', name: 'c' }, '"a/b" cannot be the name'],
    [POD, { namespace: '', name: 'c' }, '"" cannot be the name'],
  ])('of %o at %o is refused', (kind, place, message) => {
    expect(() => resourcePath(kind, place)).toThrow(message);
  });

  it('has a query only for what has a value', () => {
    expect(queryText({ a: undefined })).toBe('');
    expect(queryText({ a: 'x=y', b: undefined, c: 1 })).toBe('?a=x%3Dy&c=1');
  });
});
