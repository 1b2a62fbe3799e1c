import type http from 'node:http';
import type { ClusterConnection } from './cluster-connection.js';

/** A service of the cluster, by the port's number or name. */
export interface ServicePort {
  namespace: string;
  service: string;
  port: number | string;
  /** Of what listens in the pod; `http` when left out. */
  scheme?: 'http' | 'https';
}

/** How a request to something in the cluster is sent with `node:http` or `node:https`. */
export interface ProxyTarget {
  /** With the path asked for. */
  readonly url: URL;
  /** The API server's credentials: it does not pass them on. */
  readonly headers: Readonly<Record<string, string>>;
  /** Knows the API server's certificates. */
  readonly agent: http.Agent;
}

/**
 * The way to a service through the API server. It has one form of the service's name, so that a
 * role can be limited by it: `service:port`, or `https:service:port`.
 *
 * @param path with the query, beginning with `/`
 * @throws KubernetesError `Credentials`
 * @throws Error for a path that leads out of the service
 */
export async function throughServiceProxy(
  connection: ClusterConnection,
  { namespace, service, port, scheme = 'http' }: ServicePort,
  path: string,
): Promise<ProxyTarget> {
  const { headers, agent } = await connection.security('watches');
  const name = `${scheme === 'https' ? 'https:' : ''}${service}:${port}`;
  const root = [
    connection.server.pathname.replace(/\/$/, ''),
    'api/v1/namespaces',
    encodeURIComponent(namespace),
    'services',
    encodeURIComponent(name),
    'proxy/',
  ].join('/');
  const url = new URL(root + path.replace(/^\//, ''), connection.server);
  // Dots in a path could lead out of the service, to the API itself, with our credentials.
  if (!url.pathname.startsWith(root) || hasDots(url.pathname)) {
    throw new Error(`the path "${path}" leads out of the service`);
  }
  return { url, headers, agent };
}

/** Also where slashes and dots are escaped; what cannot be read counts as such. */
function hasDots(pathname: string): boolean {
  try {
    return decodeURIComponent(pathname).split('/').includes('..');
  } catch {
    return true;
  }
}
