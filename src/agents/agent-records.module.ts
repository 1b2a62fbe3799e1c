import { Global, Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AgentCounter } from '../tenants/agent-counter.js';
import { AgentOrigins } from '../tenants/agent-origins.js';
import { AgentHandOver } from './agent-handover.service.js';
import { AgentIntegrityRepository } from './upkeep/agent-integrity.repository.js';
import { AgentIntegrity } from './upkeep/agent-integrity.service.js';
import { AgentRecords } from './agent-records.service.js';
import { AgentVersionsRepository } from './agent-versions.repository.js';
import { AgentsRepository } from './agents.repository.js';

/** The rows of agents alone, for programs that serve nobody and speak to no node. */
@Global()
@Module({
  imports: [AuditModule],
  providers: [
    AgentIntegrity,
    AgentIntegrityRepository,
    AgentRecords,
    AgentsRepository,
    AgentVersionsRepository,
    { provide: AgentCounter, useExisting: AgentsRepository },
    { provide: AgentOrigins, useClass: AgentHandOver },
  ],
  exports: [AgentCounter, AgentOrigins],
})
export class AgentRecordsModule {}
