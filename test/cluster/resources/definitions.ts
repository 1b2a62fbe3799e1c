/** The resources' definitions and the admission policies, on a cluster of tests. */
import { manifestsBelow } from '../../support/manifests.js';
import { until } from '../../support/until.js';
import { type ApiClient, ApiRefusal } from '../api-client.js';

const GROUP = '/apis/nexus.astromesh.io/v1alpha1';

/** Applies what is in `crds/` as it is, and waits until it holds; again does no harm. */
export async function applyDefinitions(admin: ApiClient): Promise<void> {
  for (const manifest of manifestsBelow('crds')) await admin.apply(manifest);
  await until('the resources are served', async () =>
    Promise.all([
      admin.find(`${GROUP}/nexustenants?limit=1`),
      admin.find(`${GROUP}/nexusagents?limit=1`),
    ]).then((lists) => lists.every((list) => list !== undefined)),
  );
  await until('the policies hold', () => isRefused(admin));
}

async function isRefused(admin: ApiClient): Promise<boolean> {
  const tenant = {
    apiVersion: 'nexus.astromesh.io/v1alpha1',
    kind: 'NexusTenant',
    metadata: { name: 'kube-probe' },
    spec: {},
  };
  const path = `${GROUP}/namespaces/default/nexustenants?dryRun=All`;
  const isDenied = (error: unknown) => error instanceof ApiRefusal && error.code === 403;
  return admin.send('POST', path, { body: tenant }).then(() => false, isDenied);
}
