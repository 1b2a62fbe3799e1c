import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { AgentCounter } from '../tenants/agent-counter.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { AgentCallsRepository } from './agent-calls.repository.js';
import { AgentInsightService } from './agent-insight.service.js';
import { AgentRunsController } from './agent-runs.controller.js';
import { AgentRunsService } from './agent-runs.service.js';
import { ReferenceCheck } from './agent-references.service.js';
import { AgentSyncService } from './agent-sync.service.js';
import { AgentVersionsRepository } from './agent-versions.repository.js';
import { AgentVersionsService } from './agent-versions.service.js';
import { AgentsController } from './agents.controller.js';
import { AgentsRepository } from './agents.repository.js';
import { AgentsService } from './agents.service.js';

/**
 * Agents: their specs, versions and runs. Gives reconciliation its view of them, and tenants a
 * count.
 */
@Global()
@Module({
  imports: [AuditModule, NodesModule, TenantsModule],
  controllers: [AgentsController, AgentRunsController],
  providers: [
    AgentCallsRepository,
    AgentInsightService,
    AgentRunsService,
    AgentsRepository,
    AgentsService,
    AgentSyncService,
    AgentVersionsRepository,
    AgentVersionsService,
    ReferenceCheck,
    { provide: AgentCounter, useExisting: AgentsRepository },
  ],
  exports: [AgentSyncService, AgentCounter],
})
export class AgentsModule {}
