import http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';
import {
  ClusterConnection,
  type ConnectionUse,
  type RequestSecurity,
} from './cluster-connection.js';
import type { ClusterSource } from './cluster-source.js';
import { readKubeconfig } from './kubeconfig-source.js';
import { KubernetesError } from './kubernetes.errors.js';

// The way to a cluster as a kubeconfig, or a pod's service account, gives it. The packaged client
// reads files and runs plugins; connections are our own, so that they are kept and counted.

/** How long what was read is used: a token that is changed on the disk counts within that time. */
const FRESH_MS = 10_000;
/** Requests to the API server at the same time; others wait within their deadlines. */
const MOST_REQUESTS = 64;
/** The API server closes an idle connection after 90 s: ours goes first. */
const IDLE_MS = 60_000;
const PROBE_MS = 15_000;

const TLS_OPTIONS = [
  'ca',
  'cert',
  'key',
  'pfx',
  'passphrase',
  'servername',
  'rejectUnauthorized',
] as const;
type TlsOptions = Pick<https.RequestOptions, (typeof TLS_OPTIONS)[number]>;

interface Read {
  atMs: number;
  headers: Readonly<Record<string, string>>;
  agents: Readonly<Record<ConnectionUse, http.Agent>>;
}

/** The way that a kubeconfig, or a pod's service account, describes; made by `connectCluster`. */
export class KubeconfigConnection extends ClusterConnection {
  readonly server: URL;
  readonly namespace: string | undefined;
  private config: KubeConfig;
  private tls: TlsOptions | undefined;
  private agents: Record<ConnectionUse, http.Agent> | undefined;
  private read: Promise<Read> | undefined;

  /** @throws Error when the source does not lead to a cluster */
  constructor(private readonly source: ClusterSource) {
    super();
    this.config = readKubeconfig(source);
    this.server = serverOf(this.config);
    const context = this.config.getContextObject(this.config.getCurrentContext());
    this.namespace = context?.namespace;
  }

  async security(use: ConnectionUse): Promise<RequestSecurity> {
    const known = await this.read;
    const isStale = known === undefined || performance.now() - known.atMs > FRESH_MS;
    const { headers, agents } = isStale ? await this.readAgain() : known;
    return { headers, agent: agents[use] };
  }

  refresh(): void {
    this.read = undefined;
    try {
      // Plugins and files keep what they gave: only another reading asks them again.
      this.config = readKubeconfig(this.source);
    } catch {
      // The file may just be being written: what was read before may serve.
    }
  }

  close(): void {
    this.agents?.requests.destroy();
    this.agents?.watches.destroy();
  }

  /** One reading serves all who wait for one. */
  private readAgain(): Promise<Read> {
    const reading = this.readSecurity();
    this.read = reading;
    reading.catch(() => {
      if (this.read === reading) this.read = undefined;
    });
    return reading;
  }

  private async readSecurity(): Promise<Read> {
    const options: https.RequestOptions = {};
    try {
      await this.config.applyToHTTPSOptions(options);
    } catch (error) {
      const message = `no credentials for the cluster: ${(error as Error).message}`;
      throw KubernetesError.fault('Credentials', message, error);
    }
    return {
      atMs: performance.now(),
      headers: headersOf(options),
      agents: this.agentsFor(options),
    };
  }

  /** Connections are kept for as long as certificates stay as they are. */
  private agentsFor(options: https.RequestOptions): Record<ConnectionUse, http.Agent> {
    const tls = Object.fromEntries(
      TLS_OPTIONS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
    ) as TlsOptions;
    if (this.agents !== undefined && isDeepStrictEqual(tls, this.tls)) return this.agents;
    const proxied = this.config.getCurrentCluster()?.proxyUrl !== undefined;
    const given = options.agent as http.Agent;
    this.tls = tls;
    this.agents = proxied
      ? { requests: given, watches: given }
      : {
          requests: agentOf(this.server, tls, MOST_REQUESTS),
          watches: agentOf(this.server, tls, Number.POSITIVE_INFINITY),
        };
    return this.agents;
  }
}

function serverOf(config: KubeConfig): URL {
  const text = config.getCurrentCluster()?.server ?? '';
  if (!URL.canParse(text)) throw new Error(`the kubeconfig's server "${text}" is no URL`);
  return new URL(text);
}

function headersOf({ headers, auth }: https.RequestOptions): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    result[name.toLowerCase()] = String(value).trim();
  }
  if (auth) result['authorization'] ??= `Basic ${Buffer.from(auth).toString('base64')}`;
  return result;
}

function agentOf(server: URL, tls: TlsOptions, maxSockets: number): http.Agent {
  const options = {
    keepAlive: true,
    keepAliveMsecs: PROBE_MS,
    timeout: IDLE_MS,
    scheduling: 'lifo' as const,
    maxSockets,
  };
  return server.protocol === 'https:'
    ? new https.Agent({ ...options, ...tls })
    : new http.Agent(options);
}
