import type http from 'node:http';

/** Where a node listens, and what it wants to hear. */
export interface NodeEndpoint {
  /** Base address without a trailing slash, for example `http://127.0.0.1:24001`. */
  readonly url: string;
  /** Bearer token, where the node asks for one. */
  readonly token?: string;
  /** What leads there where it is not reached directly. */
  readonly via?: NodeWay;
}

/** A way to a node through somebody who asks for credentials, and passes requests on. */
export interface NodeWay {
  readonly headers: Readonly<Record<string, string>>;
  /** Knows the certificates of who is in between. */
  readonly agent: http.Agent;
}

/** One line that a node wrote. */
export interface NodeLogLine {
  /** ISO-8601 UTC. */
  timestamp: string;
  level: 'debug' | 'info' | 'warning' | 'error';
  message: string;
}

/** The way to the node of a tenant; provided by whatever runs the nodes. */
export abstract class NodeAccess {
  /** @returns undefined while the tenant has no node that could answer */
  abstract endpointOf(tenantId: string): Promise<NodeEndpoint | undefined>;

  /** The newest lines of the node that name an agent, oldest first. */
  abstract logLines(tenantId: string, agent: string, limit: number): Promise<NodeLogLine[]>;
}
