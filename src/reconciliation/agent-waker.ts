import { Injectable } from '@nestjs/common';
import { type AgentRecord, AgentSyncService } from '../agents/agent-sync.service.js';
import { agentKey } from '../agents/agents.events.js';

/** Wakes agents when something about their node changed. */
@Injectable()
export class AgentWaker {
  private wakeOne: (key: string) => void = () => undefined;

  constructor(private readonly agents: AgentSyncService) {}

  /** Says where wakes go; for the part that runs the reconcilers. */
  connect(wakeOne: (key: string) => void): void {
    this.wakeOne = wakeOne;
  }

  wake(agents: readonly Pick<AgentRecord, 'id' | 'tenantId'>[]): void {
    for (const agent of agents) this.wakeOne(agentKey(agent));
  }

  /** Wakes every agent of a tenant, tombstones included. */
  async wakeTenant(tenantId: string): Promise<void> {
    this.wake(await this.agents.ofTenant(tenantId));
  }
}
