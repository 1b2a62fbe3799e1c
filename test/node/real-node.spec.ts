/** The runtime of agents that others publish, as a tenant's pod. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { imageName } from '../../scripts/image/images.mjs';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { agentWhen, expectData, isRunning, tenantWhen } from '../support/api.js';
import { type Model, startModel } from '../support/model.js';
import { until } from '../support/until.js';
import { Install, NAMESPACE } from './install.js';

const run = promisify(execFile);
/** Of a network that is nobody's, at the one port that tenants may use of the world. */
const OUTSIDE = { host: '203.0.113.9', port: 443 };
const NAME = 'real-node';
const IMAGE = imageName('astromesh');

interface Pod extends KubeObject {
  spec: { containers: { image: string }[] };
  status: { containerStatuses: { ready: boolean; restartCount: number }[] };
}

let install: Install;
let client: Client;
let model: Model;

beforeAll(async () => {
  install = await Install.ensure();
  client = await install.admin();
  await run('ip', ['address', 'add', `${OUTSIDE.host}/32`, 'dev', 'lo']);
  model = await startModel(0, OUTSIDE);
});

afterAll(async () => {
  await install?.kubectl('delete', 'nexustenant', NAME, '-n', NAMESPACE, '--wait=false');
  await model?.close();
  await run('ip', ['address', 'del', `${OUTSIDE.host}/32`, 'dev', 'lo']);
});

it('a tenant runs its agents on the published runtime, in a version of its own', async () => {
  await install.cluster.admin.apply({
    apiVersion: 'nexus.astromesh.io/v1alpha1',
    kind: 'NexusTenant',
    metadata: { name: NAME, namespace: NAMESPACE },
    spec: { displayName: 'A real node', nodeVersion: IMAGE.replace(/^.*:/, '') },
  });
  const { id } = await until('the tenant is adopted', async () => {
    const tenants = expectData(await sdk.listTenants({ client }), 200);
    return tenants.find(({ crName }) => crName === NAME);
  });
  await tenantWhen(client, id, ({ ready }) => ready, 120_000);

  const headers = { 'x-tenant-id': id };
  const spec = { model: { primary: model.block }, prompts: { system: 'You answer briefly.' } };
  const body: sdk.AgentSpec = {
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name: 'greeter', version: '1.0.0' },
    spec,
  };
  expectData(await sdk.createAgent({ client, headers, body }), 201);
  await agentWhen(client, 'greeter', isRunning, { headers });
  const path = { name: 'greeter' };
  const said = await sdk.runAgent({ client, headers, path, body: { query: 'Good morning' } });
  expect(expectData(said, 200).answer).toBe('You said: Good morning');
  expect(model.asked()).toBeGreaterThan(0);

  const [pod] = await install.cluster.admin.list<Pod>(`/api/v1/namespaces/${NAME}/pods`);
  expect(pod?.spec.containers[0]?.image).toBe(IMAGE);
  expect(pod?.status.containerStatuses).toMatchObject([{ ready: true, restartCount: 0 }]);
});
