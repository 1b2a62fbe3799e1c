/** ServiceAccounts that can ask, from outside of the cluster. */
import path from 'node:path';
import { ApiClient } from './api-client.js';
import { writeKubeconfig } from './kubeconfig.js';

const TOKEN_SECONDS = 24 * 3600;

/** A ServiceAccount that can ask. */
export interface Account {
  /** As the audit log names it. */
  user: string;
  /** A kubeconfig with its token. */
  kubeconfig: string;
  api: ApiClient;
}

/**
 * Makes a ServiceAccount, which may do nothing, and a kubeconfig with a token of its own.
 *
 * @param folder where the kubeconfig is written
 */
export async function makeAccount(
  admin: ApiClient,
  folder: string,
  { namespace, name }: { namespace: string; name: string },
): Promise<Account> {
  await admin.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace, name },
  });
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const { status } = await admin.send<{ status: { token: string } }>(
    'POST',
    `${accounts}/${name}/token`,
    { body: tokenRequest() },
  );
  const { server, ca } = admin.access;
  const access = { server, ca, token: status.token };
  const kubeconfig = path.join(folder, `${namespace}.${name}.kubeconfig`);
  await writeKubeconfig(kubeconfig, access);
  const user = `system:serviceaccount:${namespace}:${name}`;
  return { user, kubeconfig, api: new ApiClient(access) };
}

function tokenRequest(): object {
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: TOKEN_SECONDS },
  };
}
