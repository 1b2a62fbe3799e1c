/** What the committed roles allow, given to an account. */
import { manifestsBelow } from '../../support/manifests.js';
import type { ApiClient } from '../api-client.js';
import type { Manifest } from '../kube-objects.types.js';
import { untilAllowed } from '../rights.js';

const PERMISSIONS = 'charts/kustomize/rbac';
const GROUP = 'rbac.authorization.k8s.io';

/** Gives a ServiceAccount of a namespace what the committed roles allow, in names of its own. */
export async function permit(admin: ApiClient, namespace: string, account: string): Promise<void> {
  for (const manifest of manifestsBelow(PERMISSIONS)) {
    if (manifest.kind === 'ClusterRole') await admin.apply(manifest);
    if (manifest.kind === 'Role') await admin.apply(inNamespace(manifest, namespace));
  }
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  const bind = (kind: string, metadata: Manifest['metadata'], role: string): Promise<unknown> =>
    admin.apply({
      apiVersion: `${GROUP}/v1`,
      kind,
      metadata,
      roleRef: { apiGroup: GROUP, kind: role, name: 'nexus-server' },
      subjects,
    });
  await bind('RoleBinding', { name: account, namespace }, 'Role');
  await bind('ClusterRoleBinding', { name: `${namespace}-${account}` }, 'ClusterRole');
  const user = `system:serviceaccount:${namespace}:${account}`;
  const lease = { group: 'coordination.k8s.io', resource: 'leases' };
  await untilAllowed(admin, user, { ...lease, namespace, verb: 'create' });
  await untilAllowed(admin, user, { resource: 'namespaces', verb: 'create' });
}

function inNamespace(manifest: Manifest, namespace: string): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, namespace } };
}
