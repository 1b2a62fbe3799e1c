import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  failure,
  PlainConnection,
  ScriptedApiServer,
} from '../../../test/support/scripted-api-server.js';
import { ClusterRequests } from './cluster-requests.js';
import { KubernetesApi } from './kubernetes-api.js';
import type { ResourceKind } from './kubernetes-object.js';

const DEPLOYMENT: ResourceKind = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
};
const REF = { namespace: 'n', name: 'd' };
const PATH = '/apis/apps/v1/namespaces/n/deployments/d';

let server: ScriptedApiServer;
let connection: PlainConnection;
let api: KubernetesApi;

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  connection = new PlainConnection(server.url);
  api = new KubernetesApi(new ClusterRequests(connection), 'nexus-test');
  server.answer = () => ({ body: { metadata: { ...REF, resourceVersion: '7' } } });
});

afterEach(async () => {
  connection.close();
  await server.stop();
});

/** The one request that was sent. */
function sent() {
  expect(server.requests).toHaveLength(1);
  const [{ method, path, query, headers, body } = server.requests.at(0) as never] = server.requests;
  return {
    line: `${method} ${path}`,
    query: Object.fromEntries(query),
    type: headers['content-type'],
    body: body === '' ? undefined : (JSON.parse(body) as unknown),
  };
}

describe('the API of a cluster', () => {
  it('applies with its field manager, by force, as the kind it is', async () => {
    await api.apply(DEPLOYMENT, { metadata: REF });
    expect(sent()).toEqual({
      line: `PATCH ${PATH}`,
      query: { fieldManager: 'nexus-test', force: 'true' },
      type: 'application/apply-patch+yaml',
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: REF },
    });
  });

  it('applies a status to its subresource, under another manager when told', async () => {
    const options = { fieldManager: 'other', force: false, dryRun: true };
    await api.applyStatus(DEPLOYMENT, { metadata: REF }, options);
    expect(sent()).toMatchObject({
      line: `PATCH ${PATH}/status`,
      query: { fieldManager: 'other', force: 'false', dryRun: 'All' },
    });
  });

  it('merges a patch', async () => {
    await api.mergePatch(DEPLOYMENT, REF, { metadata: { finalizers: null } });
    expect(sent()).toEqual({
      line: `PATCH ${PATH}`,
      query: { fieldManager: 'nexus-test' },
      type: 'application/merge-patch+json',
      body: { metadata: { finalizers: null } },
    });
  });

  it('replaces at its name, creates in its collection', async () => {
    await api.replace(DEPLOYMENT, { metadata: { ...REF, resourceVersion: '7' } });
    expect(sent()).toMatchObject({ line: `PUT ${PATH}`, type: 'application/json' });
    server.requests.length = 0;
    await api.create(DEPLOYMENT, { metadata: REF });
    expect(sent().line).toBe('POST /apis/apps/v1/namespaces/n/deployments');
  });

  it('deletes that very object, and says when it was not there', async () => {
    expect(await api.delete(DEPLOYMENT, REF, { uid: 'u', propagationPolicy: 'Foreground' })).toBe(
      true,
    );
    expect(sent()).toMatchObject({
      line: `DELETE ${PATH}`,
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Foreground',
        preconditions: { uid: 'u' },
      },
    });
    server.answer = () => failure(404, 'NotFound');
    expect(await api.delete(DEPLOYMENT, REF)).toBe(false);
    server.answer = () => failure(409, 'Conflict');
    await expect(api.delete(DEPLOYMENT, REF)).rejects.toMatchObject({ reason: 'Conflict' });
  });

  it('finds nothing where get throws', async () => {
    server.answer = () => failure(404, 'NotFound');
    expect(await api.find(DEPLOYMENT, REF)).toBeUndefined();
    await expect(api.get(DEPLOYMENT, REF)).rejects.toMatchObject({ status: 404 });
    server.answer = () => failure(403, 'Forbidden');
    await expect(api.find(DEPLOYMENT, REF)).rejects.toMatchObject({ status: 403 });
  });

  it('reads the log of a pod as text', async () => {
    server.answer = () => ({ body: 'one\ntwo\n' });
    expect(await api.podLogs(REF, { container: 'node', tailLines: 2 })).toBe('one\ntwo\n');
    expect(sent()).toMatchObject({
      line: 'GET /api/v1/namespaces/n/pods/d/log',
      query: { container: 'node', tailLines: '2' },
    });
  });
});
