/** One cluster for the run: a control plane that lives and dies with it, or one that is there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { ControlPlane, type ControlPlaneFacts } from './control-plane.js';
import { readKubeconfig, writeKubeconfig } from './kubeconfig.js';

/** An existing cluster shows no audit log, and has kubelets of its own. */
export type ClusterFacts = Pick<ControlPlaneFacts, 'server' | 'folder' | 'adminKubeconfig'> &
  Partial<Pick<ControlPlaneFacts, 'auditLog' | 'kubelet'>>;

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterFacts;
  }
}

/** Starts it before the first test file, and gives back what stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env['NEXUS_TESTS_LISTED'] === '1') return pretend(project);
  if (process.env['USE_EXISTING_CLUSTER'] === 'true') return useExisting(project);
  if (process.env['NEXUS_OWN_NETWORK'] !== '1') {
    throw new Error(
      'Cluster tests want a network of their own: npm run test:cluster, or ' +
        'sh scripts/test/own-network.sh npx vitest run --project cluster FILE',
    );
  }
  const plane = await ControlPlane.start();
  project.provide('cluster', plane.facts);
  return () => plane.stop();
}

/** For whoever only wants to know which tests there are: a cluster that nobody asks anything. */
async function pretend(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-cluster-'));
  const adminKubeconfig = path.join(folder, 'admin.kubeconfig');
  const server = 'https://127.0.0.1:9';
  await writeKubeconfig(adminKubeconfig, { server, ca: '', token: 'none' });
  // With a kubelet: tests that need one are among them.
  const kubelet = { kubeconfig: adminKubeconfig, certificate: '', key: '' };
  project.provide('cluster', { server, folder, adminKubeconfig, kubelet });
  return () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function useExisting(project: TestProject): Promise<() => Promise<void>> {
  const adminKubeconfig = process.env['KUBECONFIG'] || path.join(homedir(), '.kube', 'config');
  const { server } = readKubeconfig(adminKubeconfig);
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-cluster-'));
  project.provide('cluster', { server, folder, adminKubeconfig });
  return () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
