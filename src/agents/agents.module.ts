import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { AgentCounter } from '../tenants/agent-counter.js';
import { AgentOrigins } from '../tenants/agent-origins.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { AgentAccess } from './agent-access.service.js';
import { AgentAdoption } from './agent-adoption.service.js';
import { AgentCallsRepository } from './runs/agent-calls.repository.js';
import { AgentHandOver } from './agent-handover.service.js';
import { AgentInsightService } from './insight/agent-insight.service.js';
import { AgentLogFollower } from './insight/agent-log-follower.service.js';
import { AgentRecords } from './agent-records.service.js';
import { AgentRetention } from './upkeep/agent-retention.service.js';
import { AgentRetentionRepository } from './upkeep/agent-retention.repository.js';
import { AgentRunsController } from './runs/agent-runs.controller.js';
import { AgentRunsService } from './runs/agent-runs.service.js';
import { AgentSockets } from './runs/agent-sockets.service.js';
import { ReferenceCheck } from './agent-references.service.js';
import { AgentSyncService } from './agent-sync.service.js';
import { AgentVersionsRepository } from './agent-versions.repository.js';
import { AgentVersionsService } from './agent-versions.service.js';
import {
  AgentRunsInTenantController,
  AgentsInTenantController,
} from './agents-in-tenant.controller.js';
import { AgentsController } from './agents.controller.js';
import { AgentsRepository } from './agents.repository.js';
import { AgentsService } from './agents.service.js';
import { AgentTracesService } from './insight/agent-traces.service.js';
import { OpenStreams } from './runs/open-streams.service.js';
import { RunRecorder } from './runs/run-recorder.service.js';
import { TraceCoverageRepository } from './insight/trace-coverage.repository.js';

/**
 * Agents: their specs, versions and runs. Gives reconciliation its view of them, and tenants a
 * count.
 */
@Global()
@Module({
  imports: [AuditModule, AuthModule, NodesModule, TenantsModule],
  controllers: [
    AgentsController,
    AgentRunsController,
    AgentsInTenantController,
    AgentRunsInTenantController,
  ],
  providers: [
    AgentAccess,
    AgentCallsRepository,
    AgentInsightService,
    AgentAdoption,
    AgentHandOver,
    AgentLogFollower,
    AgentRecords,
    AgentRetention,
    AgentRetentionRepository,
    AgentRunsService,
    AgentsRepository,
    AgentsService,
    AgentSockets,
    AgentSyncService,
    AgentVersionsRepository,
    AgentVersionsService,
    OpenStreams,
    ReferenceCheck,
    AgentTracesService,
    RunRecorder,
    TraceCoverageRepository,
    { provide: AgentCounter, useExisting: AgentsRepository },
    { provide: AgentOrigins, useExisting: AgentHandOver },
  ],
  exports: [AgentAdoption, AgentSyncService, AgentTracesService, AgentCounter, AgentOrigins],
})
export class AgentsModule {}
