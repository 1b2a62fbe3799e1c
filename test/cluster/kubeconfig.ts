/** How one user reaches an API server, and the file that says so to programs. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { parse } from 'yaml';

/** The address, whom to trust there, and who is asking: by certificate or by token. */
export interface Access {
  server: string;
  /** PEM, as all of them. */
  ca: string;
  certificate?: string;
  key?: string;
  token?: string;
}

interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, unknown> }[];
}

/** Writes a kubeconfig of one user, readable by its owner only. */
export async function writeKubeconfig(file: string, access: Access): Promise<void> {
  const { server, ca, certificate, key, token } = access;
  const config: Kubeconfig & { apiVersion: string; kind: string } = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': encoded(ca) } }],
    users: [
      {
        name: 'user',
        user: {
          ...(certificate !== undefined && { 'client-certificate-data': encoded(certificate) }),
          ...(key !== undefined && { 'client-key-data': encoded(key) }),
          ...(token !== undefined && { token }),
        },
      },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'user' } }],
    'current-context': 'test',
  };
  await writeFile(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
}

/**
 * What a kubeconfig says of its current context.
 *
 * @throws Error when it names neither a client certificate nor a token: the tests run no plugins
 */
export function readKubeconfig(file: string): Access {
  const config = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const named = <T extends { name: string }>(list: T[], name: string): T => {
    const found = list.find((one) => one.name === name);
    if (found === undefined) throw new Error(`${file} names "${name}" and does not hold it`);
    return found;
  };
  const { context } = named(config.contexts, config['current-context']);
  const { cluster } = named(config.clusters, context.cluster);
  const { user } = named(config.users, context.user);
  const access: Access = {
    server: cluster['server'] ?? '',
    ca: pem(cluster, 'certificate-authority') ?? '',
  };
  const certificate = pem(user, 'client-certificate');
  const key = pem(user, 'client-key');
  const { token } = user;
  if (typeof token === 'string') return { ...access, token };
  if (certificate === undefined || key === undefined) {
    throw new Error(`${file}: the current user has neither a client certificate nor a token`);
  }
  return { ...access, certificate, key };
}

/** A field that holds PEM in base64, or names a file with it. */
function pem(holder: Record<string, unknown>, field: string): string | undefined {
  const data = holder[`${field}-data`];
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString();
  const file = holder[field];
  return typeof file === 'string' ? readFileSync(file, 'utf8') : undefined;
}

function encoded(text: string): string {
  return Buffer.from(text).toString('base64');
}
