import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ControlPlane } from './control-plane.js';
import { TestCluster, theCluster } from './test-cluster.js';

// Where there is a cluster already, there may be no programs to start one.
describe.skipIf(theCluster().facts.kubelet === undefined)('a control plane of its own', () => {
  it('starts, loses its API server, has it back with all it knew, and leaves nothing', async () => {
    const plane = await ControlPlane.start();
    const { admin, facts } = new TestCluster(plane.facts);
    const metadata = { namespace: 'default', name: 'kept' };
    await admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    const version = await admin.get<{ gitVersion: string }>('/version');
    expect(version.gitVersion).toMatch(/^v1\.\d+\.\d+$/);

    await plane.stopOne('apiserver', 'SIGKILL');
    await expect(admin.get('/version')).rejects.toThrow(/ECONN|socket hang up/);
    await plane.startOne('apiserver');
    await plane.untilReady();
    expect(await admin.get('/api/v1/namespaces/default/configmaps/kept')).toMatchObject({
      metadata,
    });

    await plane.stop();
    expect(existsSync(facts.folder)).toBe(false);
    await expect(admin.get('/version')).rejects.toThrow('ECONNREFUSED');
  });
});
