import { expect, it } from 'vitest';
import { resourcePath } from './resource-path.js';

it.each([
  ['v1', 'Namespace', undefined, '/api/v1/namespaces/x'],
  ['v1', 'ConfigMap', 'n', '/api/v1/namespaces/n/configmaps/x'],
  ['v1', 'ConfigMap', undefined, '/api/v1/namespaces/default/configmaps/x'],
  ['v1', 'Endpoints', 'n', '/api/v1/namespaces/n/endpoints/x'],
  ['apps/v1', 'Deployment', 'n', '/apis/apps/v1/namespaces/n/deployments/x'],
  [
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'n',
    '/apis/networking.k8s.io/v1/namespaces/n/networkpolicies/x',
  ],
  ['networking.k8s.io/v1', 'Ingress', 'n', '/apis/networking.k8s.io/v1/namespaces/n/ingresses/x'],
])('%s %s', (apiVersion, kind, namespace, path) => {
  const metadata = { name: 'x', ...(namespace !== undefined && { namespace }) };
  expect(resourcePath({ apiVersion, kind, metadata })).toBe(path);
  expect(resourcePath({ apiVersion, kind, metadata }, 'status')).toBe(`${path}/status`);
});
