import type { NodeEndpoint, NodeLogLine } from '../../nodes/node-access.js';
import type { GivenVariables } from '../../tenants/node-variables.service.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';

/** What a driver sees of a tenant's node. */
export interface NodeSight {
  /**
   * `absent`: nothing was made for it; `stopped`: made, not running; `starting`: running, never
   * answered yet; `running`: it answered since it was started.
   */
  readonly state: 'absent' | 'stopped' | 'starting' | 'running';
  readonly endpoint: NodeEndpoint | undefined;
  /** Whether it runs with the settings that are wanted now. */
  readonly current: boolean;
  /** What identifies this very start of the node; another one means that it was restarted. */
  readonly incarnation: string | undefined;
  /** Milliseconds before it may be started again, after it ended by itself. */
  readonly restartInMs: number;
  /** Why it is not running, in words. */
  readonly lastExit: string | undefined;
}

/** What a driver can be told to do. */
export type NodeOperation =
  | { readonly kind: 'start'; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'remove' };

/** What a reconciler acts through: this machine, or a cluster. Found with `Drivers.for`. */
export abstract class Driver {
  abstract readonly name: string;

  /**
   * Takes over what runs already.
   *
   * @param changed is called with a tenant's id when something about its node changed by itself
   */
  abstract open(changed: (tenantId: string) => void): Promise<void>;

  /** Lets go when the process stops. */
  abstract close(): Promise<void>;

  /** Looks; changes nothing. */
  abstract observe(
    tenant: TenantRecord,
    variables: GivenVariables,
    signal: AbortSignal,
  ): Promise<NodeSight>;

  /** Does one thing; doing it twice does no harm. */
  abstract apply(
    operation: NodeOperation,
    tenant: TenantRecord,
    variables: GivenVariables,
  ): Promise<void>;

  /** What the tenant's node wants to hear at a recorded address. */
  abstract endpointOf(tenant: TenantRecord): Promise<NodeEndpoint | undefined>;

  /** The newest lines of the node that name an agent, oldest first. */
  abstract logLines(tenant: TenantRecord, agent: string, limit: number): Promise<NodeLogLine[]>;

  /** `ok`, or what keeps it from working. */
  abstract check(): Promise<string>;
}
