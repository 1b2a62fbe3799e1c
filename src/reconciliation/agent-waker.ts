import { Injectable } from '@nestjs/common';
import { AgentSyncService } from '../agents/agent-sync.service.js';

/** Wakes agents when something about their node changed. */
@Injectable()
export class AgentWaker {
  private wakeOne: (agentId: string) => void = () => undefined;

  constructor(private readonly agents: AgentSyncService) {}

  /** Says where wakes go; for the part that runs the reconcilers. */
  connect(wakeOne: (agentId: string) => void): void {
    this.wakeOne = wakeOne;
  }

  wake(agentIds: readonly string[]): void {
    for (const id of agentIds) this.wakeOne(id);
  }

  /** Wakes every agent of a tenant, tombstones included. */
  async wakeTenant(tenantId: string): Promise<void> {
    this.wake((await this.agents.ofTenant(tenantId)).map(({ id }) => id));
  }
}
