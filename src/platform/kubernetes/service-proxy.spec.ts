import { describe, expect, it } from 'vitest';
import { PlainConnection } from '../../../test/support/scripted-api-server.js';
import { throughServiceProxy } from './service-proxy.js';

const NODE = { namespace: 'tenant-1', service: 'astromesh-node', port: 8000 };

function target(path: string, server = 'https://k.test:6443') {
  const connection = new PlainConnection(new URL(server), () => ({ authorization: 'Bearer x' }));
  return throughServiceProxy(connection, NODE, path);
}

describe('the way through the service proxy', () => {
  it('is one form of the name, with the credentials', async () => {
    const { url, headers } = await target('/v1/agents?limit=1');
    expect(url.href).toBe(
      'https://k.test:6443/api/v1/namespaces/tenant-1/services/astromesh-node%3A8000/proxy/v1/agents?limit=1',
    );
    expect(headers).toEqual({ authorization: 'Bearer x' });
  });

  it('knows an API server below a path', async () => {
    const { url } = await target('/v1/health', 'https://k.test/k8s/clusters/c1/');
    expect(url.pathname).toMatch(/^\/k8s\/clusters\/c1\/api\/v1\/namespaces\/tenant-1\//);
  });

  it.each([
    '/../../../secrets',
    '/v1/../../x',
    '/%2e%2e/%2e%2e/x',
    '/..%2f..%2fx',
    '/%2e%2e%2fx',
    '/%zz',
    '/a/%2E./../../../x',
  ])('does not lead out of the service by %s', async (path) => {
    await expect(target(path)).rejects.toThrow('leads out of the service');
  });
});
