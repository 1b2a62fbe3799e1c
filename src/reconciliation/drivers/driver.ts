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
  /** What is recorded of where it listens; the endpoint's address when left out. */
  readonly address?: string;
  /** What is not as it is wanted, for people; `repair` puts it right without a stop. */
  readonly drift?: readonly string[];
  /** What keeps it from working, as the place where it runs says. */
  readonly trouble?: NodeTrouble;
  /** Why new settings do not reach it just now, though it runs. */
  readonly hold?: { readonly reason: string; readonly message: string };
  /** Of one that is up and does not answer: ask again after so long. */
  readonly pollMs?: number;
  /** Whether the place where it runs ends a node that hangs, and starts it again. */
  readonly healsItself?: boolean;
}

/** What keeps a node from working; becomes a condition. */
export interface NodeTrouble {
  /** One word in CamelCase. */
  readonly reason: string;
  /** A sentence, for people. */
  readonly message: string;
  /** `stalled`: a user must act; `waiting`: nothing can be done until it is over; `noted`: go on. */
  readonly class: 'stalled' | 'waiting' | 'noted';
  /** Look again after so long; left out when the change itself wakes. */
  readonly afterMs?: number;
}

/** What a driver can be told to do. */
export type NodeOperation =
  | { readonly kind: 'start'; readonly reason: string }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'repair'; readonly fields: readonly string[] }
  | { readonly kind: 'remove' };

/** What was asked for takes its time: look again when something changes, or after so long. */
export interface Underway extends NodeTrouble {
  readonly class: 'waiting';
  readonly afterMs: number;
}

/**
 * The place where nodes run refuses what was asked for, and will again until somebody changes
 * something there: it is told, and tried again slowly.
 */
export class DriverRefusal extends Error {
  override readonly name = 'DriverRefusal';

  constructor(
    /** One word in CamelCase. */
    readonly reason: string,
    message: string,
    /** Try again after so long. */
    readonly retryMs: number,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** What a reconciler acts through: this machine, or a cluster. Found with `Drivers.for`. */
export abstract class Driver {
  abstract readonly name: string;

  /**
   * Takes over what runs already.
   *
   * @param changed is called with a tenant's id when something about its node changed by itself
   */
  abstract open(changed: (tenantId: string) => void): Promise<void>;

  /** This process reconciles again, after another one did, or none could. */
  resume(): void {}

  /** Lets go when the process stops. */
  abstract close(): Promise<void>;

  /** Looks; changes nothing. */
  abstract observe(
    tenant: TenantRecord,
    variables: GivenVariables,
    signal: AbortSignal,
  ): Promise<NodeSight>;

  /**
   * Does one thing; doing it twice does no harm.
   *
   * @param signal nothing more is begun once it aborts: somebody else may be at it by then
   * @returns what it waits for, when it is not done yet
   * @throws DriverRefusal when it is pointless to try again soon; anything else is transient
   */
  abstract apply(
    operation: NodeOperation,
    tenant: TenantRecord,
    variables: GivenVariables,
    signal?: AbortSignal,
  ): Promise<Underway | void>;

  /** What the tenant's node wants to hear at a recorded address. */
  abstract endpointOf(tenant: TenantRecord): Promise<NodeEndpoint | undefined>;

  /** The newest lines of the node that name an agent, oldest first. */
  abstract logLines(tenant: TenantRecord, agent: string, limit: number): Promise<NodeLogLine[]>;

  /** `ok`, or what keeps it from working. */
  abstract check(): Promise<string>;
}
