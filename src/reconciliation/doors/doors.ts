import type { AgentRecord } from '../../agents/agent-sync.service.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';

/**
 * The doors beside the API through which tenants and agents are wanted: the resources of a cluster.
 * What reconciles them is told here what was observed, and asked before a row is forgotten.
 */
export abstract class Doors {
  /** Takes up work; for the one process that reconciles. */
  abstract start(): void;

  /** Puts work down at once, and waits for what is under way. */
  abstract stop(): Promise<void>;

  /**
   * Lets go of the resources that go with the namespace of the control plane, so that it can end;
   * the rows stay. For every replica, and at once: nobody can lead while that namespace goes.
   */
  abstract evacuate(): Promise<void>;

  /** Something was observed of a tenant, or it is gone. */
  abstract tenantObserved(tenant: Pick<TenantRecord, 'crName'>): void;

  /** Something was observed of an agent, or it is gone. */
  abstract agentObserved(agent: Pick<AgentRecord, 'tenantId' | 'name'>): void;

  /**
   * Lets go of the resource of a tenant that is taken down.
   *
   * @returns whether it is gone; until then the row has to stay, or it would be adopted
   */
  abstract releaseTenant(tenant: TenantRecord): Promise<boolean>;

  /** The same of an agent. */
  abstract releaseAgent(agent: AgentRecord): Promise<boolean>;
}

/** The API is the only door. */
export class NoDoors extends Doors {
  override start(): void {}

  override async stop(): Promise<void> {}

  override async evacuate(): Promise<void> {}

  override tenantObserved(): void {}

  override agentObserved(): void {}

  override async releaseTenant(): Promise<boolean> {
    return true;
  }

  override async releaseAgent(): Promise<boolean> {
    return true;
  }
}
