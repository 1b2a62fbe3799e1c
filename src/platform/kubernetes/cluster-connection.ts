import type http from 'node:http';

/** What a request needs to be let in. */
export interface RequestSecurity {
  /** `authorization` and the like. */
  readonly headers: Readonly<Record<string, string>>;
  /** Keeps connections, and knows certificates and proxies. */
  readonly agent: http.Agent;
}

/** Requests share a bounded number of connections; a watch holds one for as long as it lasts. */
export type ConnectionUse = 'requests' | 'watches';

/** The way to one cluster. There may be several in a process. */
export abstract class ClusterConnection {
  /** Where the API server is, for example `https://10.0.0.1:443`; may have a path. */
  abstract readonly server: URL;
  /** The namespace that the credentials say is ours, when they do. */
  abstract readonly namespace: string | undefined;

  /**
   * What to send with the next request; renewed before it expires.
   *
   * @throws KubernetesError `Credentials` when none can be had
   */
  abstract security(use: ConnectionUse): Promise<RequestSecurity>;

  /** The server refused what `security` gave: the next call gets it anew. */
  abstract refresh(): void;

  /** Ends every connection. */
  abstract close(): void;
}
