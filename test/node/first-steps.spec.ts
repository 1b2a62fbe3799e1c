import { beforeAll, describe, expect, it } from 'vitest';
import * as sdk from '../../sdk/typescript/index.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { agentWhen, echoSpec, expectData, isRunning, readyTenant } from '../support/api.js';
import { Install, NAMESPACE } from './install.js';

interface Pod extends KubeObject {
  spec: { nodeName: string; containers: { image: string; resources: { limits?: object } }[] };
  status: { phase: string; containerStatuses: { ready: boolean; imageID: string }[] };
}

describe('an install on an empty cluster', () => {
  let install: Install;
  beforeAll(async () => {
    install = await Install.ensure();
  });

  it('passes the tests of its chart', async () => {
    const said = await install.helm.run('test', 'nexus', '--namespace', NAMESPACE);
    expect(said.code, said.stderr + said.stdout).toBe(0);
  });

  it('runs as nobody in particular, and cannot write to its image', async () => {
    const target = ['exec', '-n', NAMESPACE, 'deploy/nexus-server', '--'];
    const look = `const fs = require('node:fs');
      const attempt = (file) => { try { fs.writeFileSync(file, ''); return 'written'; } catch (error) { return error.code; } };
      console.log(JSON.stringify([process.getuid(), process.env.UV_THREADPOOL_SIZE,
        attempt('/opt/nexus/x'), attempt('/var/lib/nexus/x'), fs.existsSync('/opt/nexus/node_modules/vitest')]));`;
    const { stdout, stderr } = await install.kubectl(...target, 'node', '-e', look);
    expect(JSON.parse(stdout || 'null'), stderr).toEqual([1000, '8', 'EROFS', 'written', false]);
  });

  it('makes keys by a command in its pod', async () => {
    const command = 'nexus-admin create-key --name leia-cli --scope admin';
    const target = ['exec', '-n', NAMESPACE, 'deploy/nexus-server', '--'];
    const said = await install.kubectl(...target, ...command.split(' '));
    const [key = ''] = /\S{32,}/.exec(said.stdout) ?? [];
    const client = await install.anybody();
    const answer = await sdk.listTenants({ client, headers: { 'x-api-key': key } });
    expect(answer.response?.status, said.stdout + said.stderr).toBe(200);
  });

  it('gives a tenant a real pod, whose agent answers', async () => {
    const client = await install.admin();
    const tenant = await readyTenant(client, 'The first');
    const headers = { 'x-tenant-id': tenant.id };
    const body = echoSpec('greeter');
    expectData(await sdk.createAgent({ client, headers, body }), 201);
    await agentWhen(client, 'greeter', isRunning, { headers });
    const path = { name: 'greeter' };
    const run = await sdk.runAgent({ client, headers, path, body: { query: 'Good morning' } });
    expect(expectData(run, 200).answer).toContain('Good morning');
    const [pod] = await install.cluster.admin.list<Pod>(`/api/v1/namespaces/${tenant.crName}/pods`);
    expect(pod?.status.containerStatuses).toMatchObject([{ ready: true }]);
    expect(pod?.spec.containers[0]?.image).toContain('nexus-node:');
  });
});
