import { Global, Module } from '@nestjs/common';
import { AgentCounter } from '../tenants/agent-counter.js';
import { AgentIntegrityRepository } from './agent-integrity.repository.js';
import { AgentIntegrity } from './agent-integrity.service.js';
import { AgentsRepository } from './agents.repository.js';

/** The rows of agents alone, for programs that serve nobody and speak to no node. */
@Global()
@Module({
  providers: [
    AgentIntegrity,
    AgentIntegrityRepository,
    { provide: AgentCounter, useClass: AgentsRepository },
  ],
  exports: [AgentCounter],
})
export class AgentRecordsModule {}
